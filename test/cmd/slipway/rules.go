package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"gitlab.example.com/platform/slipway/test/check"
)

func newRulesCommand() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:   "rules",
		Short: "Lists what slipway check looks for",
		Long: `Lists what slipway check looks for: each rule with its id, what is wrong where it is found, and what to do. The ids are
what ` + check.IgnoreFile + ` switches off.`,
		Example: "  slipway rules\n  slipway rules --output json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			out := cmd.OutOrStdout()
			switch output {
			case "json":
				encoder := json.NewEncoder(out)
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				return encoder.Encode(check.Rules())
			case "text":
				for _, rule := range check.Rules() {
					optional := ""
					if rule.Optional {
						optional = ", with --ablation"
					}
					fmt.Fprintf(out, "%s (%s%s)\n  %s\n  -> %s\n  %s\n\n", rule.ID, rule.Severity, optional, rule.Sentence, rule.Remedy, rule.Link)
				}
				return nil
			default:
				return fmt.Errorf("--output %s: there are text and json", output)
			}
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return cmd
}
