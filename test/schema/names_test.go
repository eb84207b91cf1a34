package main

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/robfig/cron/v3"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// The schema takes a name, or another text with a form of its own, exactly if Kubernetes does.
func TestNamesAreThoseOfKubernetes(t *testing.T) {
	texts := []string{
		"a", "http", "HTTP", "Http", "http-2", "2-http", "9p", "80", "8080", "1-2", "-http", "http-", "a--b", "a_b", "_a", "a.b", ".a", "a.",
		".", "..", "..a", "a..b", "a b", "a/b", "/", "/a", "a/", "//", "*", "*.a", "*.example.com", "a.*.com", "*a.com", "*.", "api.example.com",
		"api..example.com", "API.example.com", "example.com/name", "Example.com/Name", "example.com/", "/name", "a/b/c", "a=b", "ä", "é.yml", "",
		"config.yml", ".hidden", "with space.yml", "MY_VAR", "1VAR", "my.var", "my-var", "metrics-and-more", "exactly-15-long", "over-15-letters-",
		strings.Repeat("a", 15), strings.Repeat("a", 16), strings.Repeat("a", 63), strings.Repeat("a", 64), strings.Repeat("a", 253),
		"example.com/" + strings.Repeat("a", 63), "example.com/" + strings.Repeat("a", 64),
		"50m", "1", "0", "1.5", ".5", "5.", "1.5Gi", "64Mi", "64MB", "64mi", "64 Mi", "1e3", "1E3", "1e-3", "12E", "1Ei", "1k", "1K", "1Ki", "+1", "-1", "1n", "1u", "1mm",
		"* * * * *", "*/5 * * * *", "0 2 * * *", "0 2 * *", "0 0 2 * * *", "60 * * * *", "59 23 31 12 6", "0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 1 13 *",
		"0 0 1 0 *", "0 0 * * 7", "0-30/10,45 9-17 * jan-Mar,DEC Mon-fri", "0 0 * * MON-SUNDAY", "? ? ? ? ?", "*/0 * * * *", "*/100 * * * *", "5/15 * * * *",
		"1-2-3 * * * *", "1/2/3 * * * *", "- * * * *", "a * * * *", "0  0 * *  1", "05 08 09 01 0", "@daily", "@Daily", "@reboot", "@every 1h30m", "@every 0.5h", "@every day",
		"TZ=UTC 0 0 * * *", "10.0.0.1", "256.0.0.1", "10.0.0.01", "10.0.0", "::1", "fd00::53", "1:2:3:4:5:6:7:8", "1::2::3", "1:2:3",
	}
	notEmpty := func(is func(string) []string) func(string) bool {
		return func(text string) bool { return text != "" && len(is(text)) == 0 }
	}
	orEmpty := func(is func(string) []string) func(string) bool {
		return func(text string) bool { return text == "" || len(is(text)) == 0 }
	}
	host := func(text string) []string {
		if strings.HasPrefix(text, "*") {
			return validation.IsWildcardDNS1123Subdomain(text)
		}
		return validation.IsDNS1123Subdomain(text)
	}
	quantity := func(text string) bool {
		parsed, err := resource.ParseQuantity(text)
		return err == nil && parsed.Sign() >= 0 && text != "." // which Kubernetes takes for 0, and nobody means
	}
	// k8s.io/kubernetes/pkg/apis/batch/validation.
	schedule := func(text string) bool {
		_, err := cron.ParseStandard(text)
		return err == nil && !strings.Contains(text, "TZ=")
	}
	// Annotations are matched as if they were in small letters: validation.ValidateAnnotations of apimachinery.
	annotation := func(text string) []string { return validation.IsQualifiedName(strings.ToLower(text)) }

	address := func(text string) bool {
		_, err := netip.ParseAddr(text)
		return err == nil
	}

	cases := []struct {
		path  string // NAME stands for the text
		value any    // of the entry; the text itself, if there is none
		is    func(string) bool
	}{
		{path: "ports NAME", value: map[string]any{"port": 80}, is: notEmpty(validation.IsValidPortName)},
		{path: "startupProbe httpGet port", is: notEmpty(validation.IsValidPortName)},
		{path: "env NAME", value: "text", is: notEmpty(validation.IsEnvVarName)},
		{path: "config files NAME", value: "text", is: notEmpty(validation.IsConfigMapKey)},
		{path: "volumes NAME", value: map[string]any{}, is: notEmpty(validation.IsDNS1123Label)},
		{path: "imagePullSecrets NAME", value: true, is: notEmpty(validation.IsDNS1123Subdomain)},
		{path: "annotations NAME", value: "text", is: notEmpty(annotation)},
		{path: "ingress hosts NAME", value: map[string]any{}, is: func(text string) bool { return text == "*" || notEmpty(host)(text) }},
		{path: "hostAliases NAME", value: []any{"a.example.com"}, is: address},
		{path: "environment", is: orEmpty(validation.IsValidLabelValue)},
		{path: "namespace name", is: orEmpty(validation.IsDNS1123Label)},
		{path: "serviceAccount name", is: orEmpty(validation.IsDNS1123Subdomain)},
		{path: "resources limits memory", is: quantity},
		{path: "cronJobs example schedule", is: schedule},
	}
	w := newWalker(t)
	validate := w.compile()
	for _, test := range cases {
		t.Run(test.path, func(t *testing.T) {
			admitted := 0
			for _, text := range texts {
				var value any = text
				if test.value != nil {
					value = test.value
				}
				path := strings.Fields(test.path)
				for i := range path {
					if path[i] == "NAME" {
						path[i] = text
					}
				}
				err := validate(put(w.defaults, path, value).(map[string]any))
				require.Equal(t, test.is(text), err == nil, "%q: %v", text, err)
				if err == nil {
					admitted++
				}
			}
			require.NotZero(t, admitted)
			require.Less(t, admitted, len(texts))
		})
	}
}
