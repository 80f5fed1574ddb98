# Ruby's net/smtp: the method that is called is named in config.json.
require "json"
require "net/smtp"
given = JSON.parse(File.read("config.json"))
link = Net::SMTP.new(given["host"], given["port"])
given["config"].each { |name, on| link.public_send(name) if on }
link.start("client.example.test", given["username"], given["password"], :plain) do |open|
  open.send_message("From: from@example.test\r\nTo: to@example.test\r\nSubject: log\r\n\r\nthe text of the mail\r\n", "from@example.test", ["to@example.test"])
end
