// Nodemailer: the options of createTransport() in mail.json, or an address in .env.
"use strict";
const fs = require("fs");
const nodemailer = require(process.argv[2] + "/nodemailer");
let options;
if (fs.existsSync("mail.json")) {
  options = JSON.parse(fs.readFileSync("mail.json", "utf8"));
} else {
  options = fs.readFileSync(".env", "utf8").split("SMTP_URL=")[1].trim();
}
const transport = nodemailer.createTransport(options);
transport.sendMail({ from: "from@example.test", to: "to@example.test", subject: "log", text: "the text of the mail" }, (error) => {
  if (error) {
    console.error(error.code, error.message);
  }
  process.exit(error ? 1 : 0);
});
