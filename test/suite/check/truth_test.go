package check

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"gitlab.example.com/platform/slipway/test/kubernetes"
)

// What the API server says of creating an object, package kubernetes says, in the same words: of all that the charts
// render, of the objects of testdata, of these broken in every field in turn, and of damaged texts.
func TestCreateAgreesWithTheServer(t *testing.T) {
	valid := append(rendered(t), written(t)...)
	answers := ask(t, valid, created)
	for _, a := range answers {
		assert.NoError(t, a.server, "%s: is to be valid", a.name)
	}
	var broken []mutation
	for _, m := range append(largest(t, rendered(t)), written(t)...) {
		broken = append(broken, mutations(m)...)
	}
	tried := append(sample(broken, *cases), damaged...)
	answers = append(answers, ask(t, tried, created)...)
	agree(t, answers)
	for _, a := range answers {
		assert.True(t, a.sameWords(), "other words: %s", a)
	}
	t.Logf("%d manifests are valid; %d of %d mutations were tried, and %d damaged texts", len(valid), len(tried)-len(damaged), len(broken), len(damaged))
}

// agree fails for each case in which the two disagree.
func agree(t *testing.T, answers []asked) {
	t.Helper()
	refused := 0
	for _, a := range answers {
		if a.server != nil {
			refused++
		}
		assert.True(t, a.agreed() || a.truncated(), "disagree: %s", a)
	}
	t.Logf("%d cases, of which the server refuses %d", len(answers), refused)
	require.Greater(t, len(answers), 300)
	require.Greater(t, refused, 100, "too few are refused to say anything")
	require.Greater(t, len(answers)-refused, 100, "too few are admitted to say anything")
}

// damaged are texts that are read in another way than they look, or not at all.
var damaged = []manifest{
	{"a key twice", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: b\n  a: c\n")},
	{"a key twice in JSON", []byte(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "b", "a": "c"}}`)},
	{"a boolean as a key", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  on: b\n")},
	{"a boolean as a value", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: on\n")},
	{"an octal number", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: 0123\n")},
	{"a number as a label", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {a: 1}}\n")},
	{"a number that is too large", []byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 1e30}]}\n")},
	{"a fraction", []byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80.5}]}\n")},
	{"a whole fraction", []byte("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80.0}]}\n")},
	{"an alias", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: &m {name: a}\ndata: *m\n")},
	{"a merge", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  <<: {a: b}\n  c: d\n")},
	{"two documents", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Nothing\n")},
	{"another case", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nData: {a: b}\n")},
	{"lines of Windows", []byte("apiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: a}\r\ndata: {a: b}\r\n")},
	{"null for a map", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: null\n")},
	{"null in a map", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: null}\n")},
	{"a name that is made", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n")},
	{"what the system sets", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, uid: x, creationTimestamp: \"2020-01-01T00:00:00Z\", generation: 5}\n")},
	{"a status", []byte("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nstatus: {replicas: -1}\nspec: {selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}\n")},
	{"a time that is none", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, creationTimestamp: yesterday}\n")},
	{"an amount that is none", []byte("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1 GB}}}\n")},
	{"data that is not base64", []byte("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: \"not base64\"}\n")},
	{"too much data", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: " + strings.Repeat("a", 1<<20+1) + "}\n")},
	{"an annotation that is too long", []byte("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: {a: " + strings.Repeat("a", 1<<18+1) + "}}\n")},
	{"a version that is not served", []byte("apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a}\n")},
	{"a kind that is not served", []byte("apiVersion: apps/v1\nkind: Deploymint\nmetadata: {name: a}\n")},
	{"no name", []byte("apiVersion: v1\nkind: ConfigMap\n")},
	{"no kind", []byte("apiVersion: v1\nmetadata: {name: a}\n")},
	{"a list", []byte("- apiVersion: v1\n")},
	{"no YAML", []byte("apiVersion: v1: kind\n")},
}

// asked is what both said of one case.
type asked struct {
	manifest
	server error
	ours   []kubernetes.Problem
}

func (a asked) agreed() bool { return kubernetes.Refused(a.ours) == (a.server != nil) }

// truncated says whether the server takes a number of more than 32 bits out of a patch and stores another instead, as it
// does, though it refuses the same object whole. docs/check.md tells.
func (a asked) truncated() bool {
	return a.server == nil && len(a.ours) == 1 && strings.Contains(a.ours[0].Message, "json: cannot unmarshal number 1099511627776 into Go struct field") &&
		strings.HasSuffix(a.ours[0].Message, "of type int32") && strings.HasSuffix(a.name, " is 1099511627776")
}

// sameWords says whether we say what the server says, and all of it.
func (a asked) sameWords() bool {
	var read, rules []string
	for _, problem := range a.ours {
		switch problem.Source {
		case kubernetes.Fields, kubernetes.Served:
			read = append(read, problem.Message)
		case kubernetes.Rules:
			rules = append(rules, problem.String())
		}
	}
	var status apierrors.APIStatus
	switch {
	case a.server == nil:
		return len(read)+len(rules) == 0
	case !errors.As(a.server, &status) && !meta.IsNoMatchError(a.server):
		return true // it cannot be sent, and each client has its own words for that
	case apierrors.IsForbidden(a.server) && len(causes(a.server)) == 0:
		return true // admission comes before the rules
	}
	for _, message := range read {
		if !strings.Contains(a.server.Error(), message) {
			return false
		}
	}
	// The server does not come to the rules where it cannot read the object.
	if len(read) > 0 {
		return true
	}
	said := causes(a.server)
	slices.Sort(said)
	slices.Sort(rules)
	return slices.Equal(slices.Compact(said), slices.Compact(rules)) || len(said) == 0 && len(rules) == 1 && strings.Contains(a.server.Error(), rules[0])
}

// place of an item in a list: admission may have put others before it, such as the mount of a pod's token.
var place = regexp.MustCompile(`\[\d+\]`)

// sameFields says whether the rules that both speak of are about the same fields.
func (a asked) sameFields() bool {
	var said, rules []string
	for _, cause := range causes(a.server) {
		path, _, _ := strings.Cut(cause, ": ")
		said = append(said, place.ReplaceAllString(path, "[]"))
	}
	for _, problem := range a.ours {
		if problem.Source != kubernetes.Rules || problem.Path == "" {
			return true // what cannot be read, or patched, has other words in a patch
		}
		rules = append(rules, place.ReplaceAllString(problem.Path, "[]"))
	}
	slices.Sort(said)
	slices.Sort(rules)
	return len(said) == 0 || slices.Equal(slices.Compact(said), slices.Compact(rules))
}

func (a asked) String() string {
	return fmt.Sprintf("%s\n  server: %.1000v\n  here:   %.1000v", a.name, a.server, a.ours)
}

// ask asks about all cases, a few at a time.
func ask(t *testing.T, cases []manifest, about func(context.Context, manifest) (asked, error)) []asked {
	t.Helper()
	answers := make([]asked, len(cases))
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(4)
	for i, c := range cases {
		group.Go(func() (err error) {
			answers[i], err = about(ctx, c)
			return err
		})
	}
	require.NoError(t, group.Wait())
	return answers
}

// created asks both about creating an object.
func created(ctx context.Context, m manifest) (asked, error) {
	server := api.create(ctx, m.text, true)
	if apierrors.IsAlreadyExists(server) {
		server = nil // it has passed all else
	}
	ours, err := same.Create(kubernetes.Parse(m.text), namespace)
	return asked{m, server, ours}, err
}

// sample makes about this many of the mutations, the same ones each time.
func sample(all []mutation, wanted int) (chosen []manifest) {
	for _, m := range all {
		hash := fnv.New32a()
		hash.Write([]byte(m.name))
		if int(hash.Sum32()%uint32(len(all))) < wanted {
			chosen = append(chosen, m.made())
		}
	}
	return chosen
}
