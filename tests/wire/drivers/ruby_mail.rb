# The mail gem: the settings of its SMTP delivery in config.json.
require "json"
require "mail"
given = JSON.parse(File.read("config.json"))
settings = { address: given["host"], port: given["port"], user_name: given["username"], password: given["password"] }
given["config"].each do |name, value|
  settings[name.to_sym] = value.is_a?(String) && value.start_with?(":") ? value.delete_prefix(":").to_sym : value
end
Mail.defaults { delivery_method :smtp, settings }
Mail.deliver do
  from "from@example.test"
  to "to@example.test"
  subject "log"
  body "the text of the mail"
end
