# ActionMailer: smtp_settings from config.json.
require "json"
require "action_mailer"
given = JSON.parse(File.read("config.json"))
settings = { address: given["host"], port: given["port"], user_name: given["username"], password: given["password"] }
given["config"].each { |name, value| settings[name.to_sym] = value }
ActionMailer::Base.delivery_method = :smtp
ActionMailer::Base.smtp_settings = settings
ActionMailer::Base.raise_delivery_errors = true
class Notice < ActionMailer::Base
  def log
    mail(from: "from@example.test", to: "to@example.test", subject: "log", body: "the text of the mail", content_type: "text/plain")
  end
end
Notice.log.deliver_now
