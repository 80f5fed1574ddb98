// The mail libraries that Go programs are built on, as programs call them; the argument says which, config.json how.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"strconv"

	"github.com/wneessen/go-mail"
	"gopkg.in/gomail.v2"
	fork "gopkg.in/mail.v2"
)

const (
	sender    = "from@example.test"
	recipient = "to@example.test"
	text      = "the text of the mail"
)

type settings struct {
	Host     string
	Port     int
	Username string
	Password string
	Config   struct {
		Host               string
		SSL                *bool
		InsecureSkipVerify bool
		StartTLSPolicy     string
		TLSPolicy          string
		SMTPAuth           string
	}
}

func main() {
	data, err := os.ReadFile("config.json")
	var given settings
	if err == nil {
		err = json.Unmarshal(data, &given)
	}
	if given.Config.Host != "" {
		given.Host = given.Config.Host
	}
	if err == nil {
		err = map[string]func(settings) error{
			"net-smtp": netSMTP, "gomail.v2": goMailV2, "mail.v2": mailV2, "go-mail": goMail,
		}[os.Args[1]](given)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func netSMTP(given settings) error {
	auth := smtp.PlainAuth("", given.Username, given.Password, given.Host)
	message := []byte("Subject: log\r\n\r\n" + text + "\r\n")
	return smtp.SendMail(net.JoinHostPort(given.Host, strconv.Itoa(given.Port)), auth, sender, []string{recipient}, message)
}

func goMailV2(given settings) error {
	message := gomail.NewMessage()
	message.SetHeader("From", sender)
	message.SetHeader("To", recipient)
	message.SetHeader("Subject", "log")
	message.SetBody("text/plain", text)
	dialer := gomail.NewDialer(given.Host, given.Port, given.Username, given.Password)
	if given.Config.SSL != nil {
		dialer.SSL = *given.Config.SSL
	}
	if given.Config.InsecureSkipVerify {
		dialer.TLSConfig = &tls.Config{InsecureSkipVerify: true}
	}
	return dialer.DialAndSend(message)
}

// The fork that adds a policy for STARTTLS.
func mailV2(given settings) error {
	message := fork.NewMessage()
	message.SetHeader("From", sender)
	message.SetHeader("To", recipient)
	message.SetHeader("Subject", "log")
	message.SetBody("text/plain", text)
	dialer := fork.NewDialer(given.Host, given.Port, given.Username, given.Password)
	if given.Config.SSL != nil {
		dialer.SSL = *given.Config.SSL
	}
	switch given.Config.StartTLSPolicy {
	case "":
	case "MandatoryStartTLS":
		dialer.StartTLSPolicy = fork.MandatoryStartTLS
	case "OpportunisticStartTLS":
		dialer.StartTLSPolicy = fork.OpportunisticStartTLS
	case "NoStartTLS":
		dialer.StartTLSPolicy = fork.NoStartTLS
	default:
		return fmt.Errorf("configuration: no such policy: %s", given.Config.StartTLSPolicy)
	}
	if given.Config.InsecureSkipVerify {
		dialer.TLSConfig = &tls.Config{InsecureSkipVerify: true}
	}
	return dialer.DialAndSend(message)
}

func goMail(given settings) error {
	options := []mail.Option{
		mail.WithPort(given.Port), mail.WithUsername(given.Username), mail.WithPassword(given.Password),
	}
	if given.Config.SMTPAuth != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthType(given.Config.SMTPAuth)))
	}
	if given.Config.SSL != nil && *given.Config.SSL {
		options = append(options, mail.WithSSL())
	}
	switch given.Config.TLSPolicy {
	case "":
	case "TLSMandatory":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "TLSOpportunistic":
		options = append(options, mail.WithTLSPolicy(mail.TLSOpportunistic))
	case "NoTLS":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return fmt.Errorf("configuration: no such policy: %s", given.Config.TLSPolicy)
	}
	if given.Config.InsecureSkipVerify {
		options = append(options, mail.WithTLSConfig(&tls.Config{ServerName: given.Host, InsecureSkipVerify: true}))
	}
	client, err := mail.NewClient(given.Host, options...)
	if err != nil {
		return err
	}
	message := mail.NewMsg()
	if err = message.From(sender); err != nil {
		return err
	}
	if err = message.To(recipient); err != nil {
		return err
	}
	message.Subject("log")
	message.SetBodyString(mail.TypeTextPlain, text)
	return client.DialAndSend(message)
}
