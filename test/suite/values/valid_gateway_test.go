package values

import "fmt"

// Rules that the definitions of the Gateway API have in CEL, about the chart's own definitions of its types.
var validGateway = map[string]func(*generator, *key, map[string]any){
	"httpRouteFilter": func(g *generator, k *key, o map[string]any) {
		types := map[string]string{
			"requestHeaderModifier": "RequestHeaderModifier", "responseHeaderModifier": "ResponseHeaderModifier", "urlRewrite": "URLRewrite",
			"requestMirror": "RequestMirror", "extensionRef": "ExtensionRef",
		}
		o["type"] = types[g.one(k, o, "requestHeaderModifier", "responseHeaderModifier", "urlRewrite", "requestMirror", "extensionRef")]
		rewrite, _ := o["urlRewrite"].(map[string]any)
		if path, _ := rewrite["path"].(map[string]any); path != nil {
			pathKey := k.properties["urlRewrite"].properties["path"]
			name := g.one(pathKey, path, "replaceFullPath", "replacePrefixMatch")
			path["type"] = map[string]string{"replaceFullPath": "ReplaceFullPath", "replacePrefixMatch": "ReplacePrefixMatch"}[name]
		}
	},
	"headerModifier": func(g *generator, k *key, o map[string]any) {
		for _, name := range []string{"set", "add"} {
			headers, _ := o[name].([]any)
			for i := range headers {
				headers[i].(map[string]any)["name"] = fmt.Sprintf("X-%s-%d-%d", name, i, g.random.IntN(100))
			}
		}
		if names, _ := o["remove"].([]any); len(names) > 1 {
			o["remove"] = names[:1]
		}
	},
}
