// A client of Gitea for tests: logs in from tea's config file, and asks by the SDK that tea is made of. It is no tea: where
// tea can be built, tests run tea.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"code.gitea.io/sdk/gitea"
	"gopkg.in/yaml.v3"
)

type login struct {
	URL     string `yaml:"url"`
	Token   string `yaml:"token"`
	Default bool   `yaml:"default"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// run takes: whoami; issues OWNER/REPO; open OWNER/REPO TITLE BODY; comment OWNER/REPO NUMBER BODY;
// pull OWNER/REPO HEAD BASE TITLE; merge OWNER/REPO NUMBER; file OWNER/REPO PATH; hooks OWNER/REPO; keys; users.
func run(args []string) error {
	client, err := connect()
	if err != nil {
		return err
	}
	command, rest := args[0], args[1:]
	owner, repo := "", ""
	if len(rest) > 0 {
		owner, repo, _ = strings.Cut(rest[0], "/")
	}
	switch command {
	case "whoami":
		user, _, err := client.GetMyUserInfo()
		if err != nil {
			return err
		}
		fmt.Println(user.UserName)
	case "issues":
		issues, _, err := client.ListRepoIssues(owner, repo, gitea.ListIssueOption{State: gitea.StateAll})
		if err != nil {
			return err
		}
		for _, issue := range issues {
			fmt.Printf("%d %s %s\n", issue.Index, issue.State, issue.Title)
		}
	case "open":
		issue, _, err := client.CreateIssue(owner, repo, gitea.CreateIssueOption{Title: rest[1], Body: rest[2]})
		if err != nil {
			return err
		}
		fmt.Printf("opened %d\n", issue.Index)
	case "comment":
		number, err := strconv.ParseInt(rest[1], 10, 64)
		if err != nil {
			return err
		}
		comment, _, err := client.CreateIssueComment(owner, repo, number, gitea.CreateIssueCommentOption{Body: rest[2]})
		if err != nil {
			return err
		}
		fmt.Printf("commented: %s\n", comment.Body)
	case "pull":
		pull, _, err := client.CreatePullRequest(owner, repo, gitea.CreatePullRequestOption{Head: rest[1], Base: rest[2], Title: rest[3]})
		if err != nil {
			return err
		}
		fmt.Printf("pull request %d\n", pull.Index)
	case "merge":
		number, err := strconv.ParseInt(rest[1], 10, 64)
		if err != nil {
			return err
		}
		// The SDK has no error for what is not merged.
		merged, _, err := client.MergePullRequest(owner, repo, number, gitea.MergePullRequestOption{Style: gitea.MergeStyleMerge})
		if err == nil && !merged {
			return fmt.Errorf("not merged")
		}
		return err
	case "file":
		data, _, err := client.GetFile(owner, repo, "main", rest[1])
		if err != nil {
			return err
		}
		fmt.Print(string(data))
	case "hooks":
		_, _, err := client.ListRepoHooks(owner, repo, gitea.ListHooksOptions{})
		return err
	case "keys":
		_, _, err := client.ListMyPublicKeys(gitea.ListPublicKeysOptions{})
		return err
	case "users":
		_, _, err := client.AdminListUsers(gitea.AdminListUsersOptions{})
		return err
	default:
		return fmt.Errorf("unknown: %s", command)
	}
	return nil
}

func connect() (*gitea.Client, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(home, ".config", "tea", "config.yml"))
	if err != nil {
		return nil, err
	}
	var config struct {
		Logins []login `yaml:"logins"`
	}
	if err := yaml.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	for _, one := range config.Logins {
		if one.Default {
			return gitea.NewClient(one.URL, gitea.SetToken(one.Token))
		}
	}
	return nil, fmt.Errorf("no login in tea's config")
}
