// Gitea's sender of mail, told by app.ini.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"gitea.dev/modules/setting"
	"gitea.dev/services/mailer/sender"
)

func main() {
	if err := send(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send() error {
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	setting.AppWorkPath, setting.CustomPath, setting.CustomConf = folder, folder, filepath.Join(folder, "app.ini")
	setting.InitCfgProvider(setting.CustomConf)
	setting.LoadCommonSettings()
	setting.LoadSettingsForInstall()
	if setting.MailService == nil {
		return fmt.Errorf("configuration: mail is not enabled")
	}
	message := sender.NewMessage("to@example.test", "log", "the text of the mail")
	return sender.Send(&sender.SMTPSender{}, message)
}
