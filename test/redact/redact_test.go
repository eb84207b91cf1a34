package redact

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// planted is what no text below may keep.
const planted = "Hunter2sPassw0rd"

func TestText(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123"
	for name, c := range map[string]struct{ text, want string }{
		"assignment":                 {"DB_PASSWORD=" + planted + " PORT=8080", "DB_PASSWORD=(hidden) PORT=8080"},
		"two":                        {"token=" + planted + " password=" + planted, "token=(hidden) password=(hidden)"},
		"INI":                        {"password = " + planted, "password = (hidden)"},
		"in quotes":                  {`password="` + planted + ` with more" user=bob`, `password="(hidden)" user=bob`},
		"YAML":                       {`encKey: "` + planted + `"`, `encKey: "(hidden)"`},
		"YAML, no quotes":            {"  apiKey: " + planted, "  apiKey: (hidden)"},
		"JSON":                       {`{"level":"error","password":"` + planted + `","port":5432}`, `{"level":"error","password":"(hidden)","port":5432}`},
		"JSON, an escaped quote":     {`{"clientSecret":"a\"` + planted + `","port":5432}`, `{"clientSecret":"(hidden)","port":5432}`},
		"JSON, a number":             {`{"token": 1234567890, "port": 1}`, `{"token": (hidden), "port": 1}`},
		"JSON in a string":           {`{"msg":"{\"password\":\"` + planted + `\",\"port\":1}"}`, `{"msg":"{\"password\":\"(hidden)\",\"port\":1}"}`},
		"Go struct":                  {"{Password:" + planted + " User:bob}", "{Password:(hidden) User:bob}"},
		"Go struct, last field":      {"{User:bob Password:" + planted + "}", "{User:bob Password:(hidden)}"},
		"Go map":                     {"map[secret_key:" + planted + " user:bob]", "map[secret_key:(hidden) user:bob]"},
		"prose with a password":      {"cannot log in with password: changeme for bob", "cannot log in with password: (hidden) for bob"},
		"api key, two words":         {"using API key: " + planted, "using API key: (hidden)"},
		"flag":                       {"run app --db-password " + planted + " --port 1", "run app --db-password (hidden) --port 1"},
		"flag with =":                {"run app --token=" + planted, "run app --token=(hidden)"},
		"query":                      {"GET /login?token=" + planted + "&user=bob 401", "GET /login?token=(hidden)&user=bob 401"},
		"key and value DSN":          {"host=db user=bob password='" + planted + "' dbname=x", "host=db user=bob password='(hidden)' dbname=x"},
		"semicolons":                 {"Server=db;Password=" + planted + ";Database=x", "Server=db;Password=(hidden);Database=x"},
		"Authorization":              {"Authorization: Bearer " + planted, "Authorization: Bearer (hidden)"},
		"Authorization, basic":       {`"authorization":["Basic Ym9iOmh1bnRlcjI="]`, `"authorization":["Basic (hidden)"]`},
		"cookie":                     {"Cookie: id=" + planted + "; other=1", "Cookie: (hidden)"},
		"variable":                   {`[{"name":"PORT","value":"1"},{"name":"DB_PASSWORD","value":"` + planted + `"}]`, `[{"name":"PORT","value":"1"},{"name":"DB_PASSWORD","value":"(hidden)"}]`},
		"variable, Go":               {"[map[name:DB_PASSWORD value:" + planted + "] map[name:PORT value:1]]", "[map[name:DB_PASSWORD value:(hidden)] map[name:PORT value:1]]"},
		"variable, YAML":             {"- name: DB_PASSWORD\n  value: " + planted, "- name: DB_PASSWORD\n  value: (hidden)"},
		"header of an API key":       {"X-Api-Key: " + planted, "X-Api-Key: (hidden)"},
		"registry":                   {`{"auths":{"r.example.com":{"auth":"` + planted + `="}}}`, `{"auths":{"r.example.com":{"auth":"(hidden)"}}}`},
		"URL":                        {"dial postgres://bob:" + planted + "@db:5432/x?sslmode=disable: refused", "dial postgres://bob:(hidden)@db:5432/x?sslmode=disable: refused"},
		"URL, without a user":        {"redis://:" + planted + "@redis:6379/0", "redis://:(hidden)@redis:6379/0"},
		"URL that does not parse":    {`parse "postgres://bob:` + planted + `#/x@db/x": invalid port ":` + planted + `" after host`, `parse "postgres://bob:(hidden)@db/x": invalid port ":(hidden)" after host`},
		"token as a user":            {"clone https://" + planted + "0123@git.example.com/x", "clone https://(hidden)@git.example.com/x"},
		"JWT":                        {"claims of " + jwt + " are old", "claims of (hidden) are old"},
		"AWS":                        {"key AKIAIOSFODNN7EXAMPLE is no more", "key (hidden) is no more"},
		"GitLab":                     {"glpat-abcdefghij0123456789 is revoked", "(hidden) is revoked"},
		"private key":                {"read:\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n-----END RSA PRIVATE KEY-----\ndone", "read:\n(hidden)\ndone"},
		"private key, JSON":          {`{"key":"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"}`, `{"key":"(hidden)\n"}`},
		"private key, end is away":   {"read:\n-----BEGIN EC PRIVATE KEY-----\nMIIEow", "read:\n(hidden)"},
		"private key, begin is away": {"MIIEow\nabc=\n-----END EC PRIVATE KEY-----\ndone", "(hidden)\ndone"},
		"private key, middle":        {strings.Repeat("aB0/", 16) + "\ndone", "(hidden)\ndone"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, Text(c.text, nil))
			require.Equal(t, c.want, Text(c.want, nil), "what is hidden stays as it is")
		})
	}
}

// What explains a failure stays.
func TestTextStays(t *testing.T) {
	for _, text := range []string{
		"",
		"listen tcp :8080: bind: address already in use",
		`{"level":"error","msg":"ended with an error","error":"BASE_PATH=\"wrong\" is wrong: write a path such as /example/api/endpoint"}`,
		"Unexpected token } in JSON at position 5",
		"failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://registry.example.com/token: 401 Unauthorized",
		`secret "missing" not found`,
		`MountVolume.SetUp failed for volume "secret" : secret "db" not found`,
		"couldn't find key DB_PASSWORD in Secret the-project/db",
		"DB_PASSWORD= is empty",
		`{"password":"","token":null}`,
		"password: missing",
		"these have no token:\nthe first one",
		"passwordFile=/run/secrets/password tokenUrl: https://auth.example.com/token",
		"max_tokens=4096 secretName: db",
		"dial tcp http://a:80/x?m=foo@bar: refused",
		"basic authentication failed for bearer authentication",
		"image: registry.example.com/the-project/orders@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
		"panic: runtime error: invalid memory address or nil pointer dereference",
		"goroutine 1 [running]:\nmain.main()\n\t/src/cmd/main.go:42 +0x1d",
		"Readiness probe failed: HTTP probe failed with statuscode: 500",
	} {
		require.Equal(t, text, Text(text, nil))
	}
}

func TestField(t *testing.T) {
	for _, c := range []struct{ path, value, want string }{
		{"spec.containers[x].env[DB_PASSWORD].value", planted, Mask},
		{"spec.containers[x].env[PORT].value", planted, planted},
		{"data.encKey", planted, Mask},
		{"data.db.password.txt", planted, Mask},
		{"stringData.STRIPE_SECRET_KEY_PROD", planted, Mask},
		{"data.DB_PASSWORD", "", ""},
		{"spec.tls[a].secretName", "db", "db"},
		{"spec.volumes[secret].configMap.name", "db", "db"},
		{"data.DATABASE_URL", "postgres://bob:" + planted + "@db/x", "postgres://bob:(hidden)@db/x"},
		{"data.config.yml", "port: 1\npassword: " + planted + "\n", "port: 1\npassword: (hidden)\n"},
	} {
		require.Equal(t, c.want, Field(c.path, c.value), c.path)
	}
}

// A value that the pod reads from a Secret is hidden wherever it stands, and in whatever form.
func TestKnown(t *testing.T) {
	var known Known
	for key, value := range map[string]string{
		"anything": planted, "odd": "a b/c%d+e", "user": "orders-writer", "short": "true", "port": "543210",
		"file": "first line of the file\nshort\n", "empty": "",
	} {
		known.Add(key, value+"\n")
	}
	for text, want := range map[string]string{
		"cannot use " + planted + ", sorry":    "cannot use (hidden), sorry",
		"SHVudGVyMnNQYXNzdzByZA== is not base": "(hidden) is not base",
		"refused a b/c%d+e":                    "refused (hidden)",
		"refused a+b%2Fc%25d%2Be":              "refused (hidden)",
		"first line of the file":               "(hidden)",
		"short, true, 543210, orders-writer":   "short, true, 543210, orders-writer",
	} {
		require.Equal(t, want, Text(text, known))
	}
	require.Contains(t, Text("cannot use "+planted+", sorry", nil), planted, "who does not know it does not find it: the test sees what is hidden")
}
