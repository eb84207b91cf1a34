package check_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"gitlab.example.com/platform/slipway/test/check"
)

func ignores(t *testing.T, text string) (*check.Ignores, error) {
	t.Helper()
	return check.ReadIgnores(filepath.Join(write(t, map[string]string{check.IgnoreFile: text}), check.IgnoreFile))
}

func TestIgnores(t *testing.T) {
	file, err := ignores(t, `ignore:
- rule: values-dead
  service: ord*
  environment: prod
  values: autoscaling.*
  reason: is switched on in December
- rule: yaml-key
  reason: all of them are meant
- rule: values-redundant
  service: none
  reason: nothing matches
- rule: yaml-value
  object: Deployment/*
  reason: nothing matches
`)
	require.NoError(t, err)
	kept, ignored := file.Apply([]check.Finding{
		{Rule: "values-dead", Service: "orders", Environments: []string{"dev", "prod"}, Values: "autoscaling.maxReplicas"},
		{Rule: "values-dead", Service: "orders", Environments: []string{"prod"}, Values: "autoscaling.maxReplicas"},
		{Rule: "values-dead", Service: "billing", Environments: []string{"prod"}, Values: "autoscaling.maxReplicas"},
		{Rule: "yaml-key", Service: "orders"},
	})
	require.Equal(t, 2, ignored)
	require.Equal(t, []check.Finding{
		{Rule: "values-dead", Service: "orders", Environments: []string{"dev"}, Values: "autoscaling.maxReplicas"},
		{Rule: "values-dead", Service: "billing", Environments: []string{"prod"}, Values: "autoscaling.maxReplicas"},
	}, kept)

	unused := file.Unused(true, kept)
	require.Len(t, unused, 2)
	require.Equal(t, 9, unused[0].Line)
	require.Equal(t, 12, unused[1].Line)
	require.Len(t, file.Unused(false, nil), 1, "an optional rule that was not on says nothing")
	broken := []check.Finding{{Rule: "template-error", Service: "none"}}
	require.Empty(t, file.Unused(true, broken), "what could not be looked at may have what an entry is for")
	broken[0].Service = "other"
	require.Len(t, file.Unused(true, broken), 1, "another service says nothing of an entry for one")
}

func TestIgnoresErrors(t *testing.T) {
	cases := map[string]string{
		"ignore:\n- rule: values-ded\n  reason: a\n": `:2: there is no rule "values-ded"; did you mean values-dead?`,
		"ignore:\n- rule: other\n  reason: a\n":      "`slipway rules` lists them",
		"ignore:\n- rule: values-dead\n":             "values-dead is switched off without a reason",
		"ignore:\n- rule: values-dead\n  why: a\n":   "field why not found",
		"ignored: []\n": "field ignored not found",
		"ignore:\n- {rule: values-dead, reason: a, object: '['}": "syntax error in pattern",
		"ignore: [": "did not find expected node content",
	}
	for text, says := range cases {
		_, err := ignores(t, text)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, check.IgnoreFile)
	}
	none, err := check.ReadIgnores(filepath.Join(t.TempDir(), check.IgnoreFile))
	require.NoError(t, err)
	require.Empty(t, none.Entries)
	empty, err := ignores(t, "")
	require.NoError(t, err)
	require.Empty(t, empty.Entries)
}
