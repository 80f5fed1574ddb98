// Loads compose projects as the engine does and prints what each service receives.
//
// One line in: {"folder": …, "files": […]}; one line out: {"services": {name: {"image": …, "environment": {…}}}} or {"error": …}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/sirupsen/logrus"
)

type question struct {
	Folder string   `json:"folder"`
	Files  []string `json:"files"`
}

type service struct {
	Image       string             `json:"image"`
	Environment map[string]*string `json:"environment"`
}

func load(asked question) (map[string]service, error) {
	options, err := cli.NewProjectOptions(asked.Files,
		cli.WithWorkingDirectory(asked.Folder),
		cli.WithName("oracle"),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultConfigPath,
	)
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	found := map[string]service{}
	for name, one := range project.Services {
		found[name] = service{Image: one.Image, Environment: one.Environment}
	}
	return found, nil
}

func main() {
	logrus.SetOutput(io.Discard)
	lines := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			var asked question
			if err := json.Unmarshal(line, &asked); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			services, problem := load(asked)
			if problem != nil {
				answers.Encode(map[string]string{"error": problem.Error()})
			} else {
				answers.Encode(map[string]any{"services": services})
			}
		}
		if err != nil {
			return
		}
	}
}
