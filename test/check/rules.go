package check

// Rule is one thing that is looked for.
type Rule struct {
	ID       string   // in lower case with hyphens; findings and .slipway.yaml name it
	Sentence string   // what is wrong where it is found
	Remedy   string   // what to do
	Severity Severity // of its findings
	Optional bool     // only with --ablation
	Link     string   // page that says more
}

// Rules returns every rule, in the order in which they look at a release.
func Rules() []Rule {
	return []Rule{
		unreadableValues, yamlDocuments, repeatedKey, yamlKey, yamlValue,
		releaseName, unusableChart, valuesUnknownKey, valuesSchema, valuesMistake,
		templateError, templateLimits, manifestError, kubeVersion, unknownHook, largeRecord,
		kubernetesServed, kubernetesFields, kubernetesRules, podSecurity, kubernetesApply, kubernetesWarning, kubernetesUndecided,
		selectorMatchesJob, nameCollision, routeCollision, releaseTwice, mutableTag, missingLimits,
		notInProduction, deadValue, redundantValue,
		ignoreUnused,
	}
}

// Find returns the rule with an id.
func Find(id string) (Rule, bool) {
	for _, rule := range Rules() {
		if rule.ID == id {
			return rule, true
		}
	}
	return Rule{}, false
}

const docs = "docs/check.md"

// finding starts a finding of a rule. The rule's remedy stands unless remedy gives a better one.
func (r Rule) finding(message, remedy string) Finding {
	if remedy == "" {
		remedy = r.Remedy
	}
	return Finding{Rule: r.ID, Severity: r.Severity, Message: message, Remedy: remedy}
}
