// Auth.js: EMAIL_SERVER in .env, handed to its Nodemailer provider, which sends a sign-in link.
import fs from "node:fs";
const { default: Nodemailer } = await import(process.argv[2] + "/@auth/core/providers/nodemailer.js");
const server = fs.readFileSync(".env", "utf8").match(/^EMAIL_SERVER=(.*)$/m)[1];
const config = { server, from: "from@example.test" };
const provider = { ...Nodemailer(config), ...config };
await provider.sendVerificationRequest({
  identifier: "to@example.test",
  url: "https://app.example.test/the text of the mail",
  provider,
  theme: {},
});
process.exit(0);
