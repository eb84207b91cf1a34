package render_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What production does not allow is a mistake there, and nowhere else: mistakes_test.go has each by itself.
func TestProduction(t *testing.T) {
	const careless = `
replicas: 1
resources: {limits: {memory: null}}
podDisruptionBudget: {enabled: false}
image: {tag: latest}
`
	const digest = "image: {digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}"
	cases := []struct {
		name    string
		values  given
		refused bool
	}{
		{name: "the defaults do", values: yaml("environment: prod")},
		{name: "a tag that moves beside a digest", values: yaml("{environment: prod, image: {tag: latest}}", digest)},
		{name: "two pods at least", values: yaml("{environment: prod, replicas: 3, autoscaling: {enabled: true, minReplicas: 2}}")},
		{name: "no pods but those of cron jobs", values: yaml("{environment: prod, replicas: 0, cronJobs: {report: {schedule: '@daily'}}}")},
		{name: "careless in production", values: yaml("environment: prod", careless), refused: true},
		{name: "careless elsewhere", values: yaml("environment: stg", careless)},
		{name: "careless where production is called otherwise", values: yaml("environment: live\nproductionEnvironments: {live: true}", careless), refused: true},
		{name: "careless in prod, which is none", values: yaml("environment: prod\nproductionEnvironments: {prod: false}", careless)},
		{name: "careless in prod, and there is none", values: yaml("environment: prod\nproductionEnvironments: {prod: null}", careless)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := try(t, release, c.values)
			if !c.refused {
				require.NoError(t, err)
				return
			}
			for _, path := range []string{"\n- replicas: ", "\n- resources.limits.memory: ", "\n- podDisruptionBudget.enabled: ", "\n- image.tag: "} {
				require.ErrorContains(t, err, path)
			}
		})
	}
}
