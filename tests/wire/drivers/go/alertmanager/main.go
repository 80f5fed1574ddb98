// Alertmanager's notifier for mail, told by alertmanager.yml: the first receiver is sent one alert.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/notify/email"
	"github.com/prometheus/alertmanager/template"
	"github.com/prometheus/common/model"
)

func main() {
	if err := send(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send() error {
	document, err := config.LoadFile("alertmanager.yml")
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	templates, err := template.FromGlobs(document.Templates)
	if err != nil {
		return err
	}
	templates.ExternalURL = &url.URL{Scheme: "http", Host: "localhost:9093"}
	receiver := document.Receivers[0]
	notifier := email.New(receiver.EmailConfigs[0], templates, slog.New(slog.DiscardHandler))
	// The subject of the mail is made of the labels that alerts are grouped by.
	labels := model.LabelSet{"alertname": "the text of the mail"}
	ctx := notify.WithReceiverName(context.Background(), receiver.Name)
	ctx = notify.WithGroupKey(ctx, "one")
	ctx = notify.WithGroupLabels(ctx, labels)
	now := time.Now()
	one := &alert.Alert{Alert: model.Alert{Labels: labels, StartsAt: now, EndsAt: now.Add(time.Hour)}, UpdatedAt: now}
	return notifier.Notify(ctx, one).Err()
}
