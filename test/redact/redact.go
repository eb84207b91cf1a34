// Package redact hides what looks like a secret in text that goes into a job's log: lines of a container's log, differences
// of objects. Every other part of the text stays, the names of keys too, since the text is there to explain something.
//
// The list of patterns is our own. The rules of the scanners for secrets (gitleaks, trufflehog) find the tokens of some
// hundred vendors in a repository and bring a configuration language and an engine of regular expressions each; they know
// neither the keys of a log line nor the values that a pod was given, which is what leaks here. What they know of tokens with
// a prefix of their own is below in one expression.
package redact

import (
	"regexp"
	"strings"
)

// Mask stands for what is hidden.
const Mask = "(hidden)"

// Text returns a text, of one line or many, without what looks like a secret and without values that are known to be
// secret. It hides too much rather than too little where a key's name says that its value is a secret.
func Text(text string, known Known) string {
	text = known.hide(text)
	for _, p := range patterns {
		text = p.hide(text)
	}
	return text
}

// Field returns the value of a field of an object, by its path (data.DB_PASSWORD, spec.containers[x].env[DB_PASSWORD].value):
// hidden if the name is that of a secret, else as Text does.
func Field(path, value string) string {
	if !plain.MatchString(value) && isSecret(nameIn(path)) {
		return Mask
	}
	return Text(value, nil)
}

// nameIn is the name of what a field's path leads to: a key of data may have dots, and a variable has its value beside it.
func nameIn(path string) string {
	if name, ok := strings.CutPrefix(path, "data."); ok {
		return name
	}
	path = strings.TrimSuffix(path, "].value")
	return path[strings.LastIndexAny(path, ".[")+1:]
}

// pattern of a secret.
type pattern struct {
	expression *regexp.Regexp
	// parts is what becomes of a match, given its groups and the text behind it; nil hides all of it.
	parts func(groups []string, rest string) string
}

func (p pattern) hide(text string) string {
	var out strings.Builder
	last := 0
	for _, at := range p.expression.FindAllStringSubmatchIndex(text, -1) {
		out.WriteString(text[last:at[0]])
		last = at[1]
		if p.parts == nil {
			out.WriteString(Mask)
			continue
		}
		var groups []string
		for i := 0; i < len(at); i += 2 {
			groups = append(groups, text[max(at[i], 0):max(at[i+1], 0)])
		}
		out.WriteString(p.parts(groups, text[last:]))
	}
	return out.String() + text[last:]
}

// secretWord is what a key's name has in it whose value is a secret.
const secretWord = `pass(?:word|wd|phrase|code)|pwd|secret|token|credential|authorization|` +
	`(?:api|access|secret|private|encryption|enc|signing|sign|hmac|aes|ssh|master|license|account|shared|session|auth|service)[-_. ]?keys?|` +
	`(?:dsn|connection[-_]?string)`

// key is the name of a key, as far as it stands in one word; "api key" is one too. A flag of a command line is one as well.
const key = `(?:[\w.\-]*(?:` + secretWord + `)[\w.\-]*)`

// text in quotes, which in a string of JSON have backslashes before them, or a word without.
const value = `(?:\\+"(?:[^"\\]|\\+[^"\\])*\\*"|"(?:[^"\\]|\\.)*"|'[^']*'|(?:(?:bearer|basic|digest|negotiate|token)\s+)?[^\s"'&;\\]+)`

var patterns = []pattern{
	// Blocks, of which the first or the last lines may be out of sight.
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)`), nil},
	{regexp.MustCompile(`(?s)\A(?:[^-]|-[^-])*-----END [A-Z ]*PRIVATE KEY-----`), nil},
	{regexp.MustCompile(`(?m)^\s*[A-Za-z0-9+/]{64,}={0,2}\s*$`), nil},
	// Tokens that say themselves what they are: JWT, AWS, GitLab, GitHub, Slack, Google, Stripe.
	{regexp.MustCompile(`\beyJ[\w-]{6,}\.[\w-]{2,}(?:\.[\w-]*)*`), nil},
	{regexp.MustCompile(`\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gl[a-z]{1,6}-[\w.-]{20,}|gh[oprsu]_\w{30,}|github_pat_\w{30,}|xox[abeprs]-[\w-]{10,}|AIza[\w-]{35}|[rs]k_(?:live|test)_\w{16,})`), nil},
	// scheme://user:password@host, also with a password that is no part of a URL until it is encoded; scheme://token@host.
	{regexp.MustCompile(`(://[^\s/?#:@"']*):([^\s"']+)@`), password},
	{regexp.MustCompile(`(://)[^\s/?#:@"'()]{16,}@`), func(g []string, _ string) string { return g[1] + Mask + "@" }},
	// What Go's net/url says of such a URL repeats the password's beginning.
	{regexp.MustCompile(`(invalid port ":)[^"]*(" after host)`), func(g []string, _ string) string { return g[1] + Mask + g[2] }},
	// Headers.
	{regexp.MustCompile(`(?i)(\b(?:set-)?cookie\\*["']?\s*[:=]\s*\\*["'\[]*)[^"'\]\r\n]+`), func(g []string, _ string) string { return g[1] + Mask }},
	{regexp.MustCompile(`(?i)(\b(?:bearer|basic)\s+)([\w.~+/=-]{8,})`), scheme},
	// The credentials of a registry.
	{regexp.MustCompile(`("auth\\*"\s*:\s*\\*")[^"\\]+`), func(g []string, _ string) string { return g[1] + Mask }},
	// {"name": "DB_PASSWORD", "value": "hunter2"}
	{regexp.MustCompile(`(?i)(\bname\\*"?:[ ]?\\*"?)(` + key + `)(\\*"?,?\s*\\*"?value\\*"?:[ ]?)(` + value + `)`), variable},
	// --password hunter2
	{regexp.MustCompile(`(?i)(--?` + key + `)(\s+)(\\*["']?[^\s-]\S*)`), pair},
	// password=hunter2, "password": "hunter2", Password:hunter2, password => hunter2
	{regexp.MustCompile(`(?i)(` + key + `)(\\*["']?\]?(?:[ \t]+(?:=>|:=|=|:)[ \t]*|=>|:=|=|:[ \t]*)\[?)(` + value + `)`), pair},
}

// plain are values that are no secrets, and say what is wrong.
var plain = regexp.MustCompile(`(?i)^(?:|null|nil|<nil>|none|true|false|empty|missing|required|expired|invalid|unset|undefined|\(hidden.*|\*+|\[\w+\])[.,)}\]]*$`)

// word of prose, as in "failed to fetch oauth token: unexpected status from …", or the code of a status.
var word = regexp.MustCompile(`^(?:[a-z]+|[1-5]\d\d)$`)

// schemes of the header Authorization.
var schemes = regexp.MustCompile(`(?i)^(?:bearer|basic|digest|negotiate|token)\s+`)

// pair hides the value of a key: its groups are the key, what stands between, and the value.
func pair(g []string, rest string) string {
	key, between, value := g[1], g[2], g[3]
	bare := strings.TrimLeft(value, `\"'`)
	quote := value[:len(value)-len(bare)]
	bare = strings.TrimRight(bare, `\"'`)
	kept := schemes.FindString(bare)
	bare = bare[len(kept):]
	prose := strings.HasSuffix(between, ": ") && quote == "" && word.MatchString(bare) && strings.HasPrefix(rest, " ")
	if prose && !passwords.MatchString(key) || plain.MatchString(bare) || !isSecret(key) {
		return key + between + value
	}
	tail := quote
	if quote == "" {
		// A bracket or a comma at the end is not the value's, or does no harm.
		tail = value[len(strings.TrimRight(value, ",)}]")):]
	}
	return key + between + quote + kept + Mask + tail
}

// variable hides the value of one that stands beside its name.
func variable(g []string, rest string) string {
	return g[1] + pair(append([]string{g[0]}, g[2:]...), rest)
}

// passwords are keys that stand in no prose with a word behind them.
var passwords = regexp.MustCompile(`(?i)pass|pwd`)

// harmless are last words of names that tell of a secret, and are none: secretName, token_url, password.min.length.
var harmless = regexp.MustCompile(`(?i)(?:file(?:name)?|path|dir|directory|ur[il]|names?|refs?|type|kind|len(?:gth)?|size|count|limit|min|max|ttl|expir[a-z]*|age|timeout|policy|ids?|enabled|required|version|header|field|prefix|issuer|endpoint|host|port|provider|store|mount|rotation|algorithm|seconds|at|in)$`)

// secretName is a name that has a secret's word in it.
var secretName = regexp.MustCompile(`(?i)(?:` + secretWord + `)`)

// plural of what is counted, not told: max_tokens, promptTokens. A `secrets` is a list of names.
var plural = regexp.MustCompile(`(?i)(?:tokens|secrets)$`)

// isSecret says whether a value of this name is a secret.
func isSecret(name string) bool {
	at := secretName.FindAllStringIndex(name, -1)
	if at == nil || plural.MatchString(name) {
		return false
	}
	rest := name[at[len(at)-1][1]:]
	// The secret's word is the last one, or what follows it does not say that it tells of something else.
	return rest == "" || !harmless.MatchString(rest)
}

// password hides that of a URL, and leaves a port alone.
func password(g []string, _ string) string {
	if port.MatchString(g[2]) {
		return g[0]
	}
	return g[1] + ":" + Mask + "@"
}

var port = regexp.MustCompile(`^\d{1,5}(?:[/?#]|$)`)

// scheme hides what follows the name of a scheme, unless it is a word of a sentence.
func scheme(g []string, _ string) string {
	if word.MatchString(strings.ToLower(g[2][:1]) + g[2][1:]) {
		return g[0]
	}
	return g[1] + Mask
}
