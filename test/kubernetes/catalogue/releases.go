package catalogue

import "gitlab.example.com/platform/slipway/test/module"

// Releases are those of Kubernetes that the catalogue is made from, one of each minor version, oldest first. The last is
// the one of go.mod, whose code is what judges; to take another, change both and run `make kubernetes`.
var Releases = []module.Release{
	{Path: "k8s.io/kubernetes", Version: "v1.30.14", Sum: "h1:MrlKXh9uhLIJpyxOeXhcndzRVSvwiV9iJ8NgH8nqPsg="},
	{Path: "k8s.io/kubernetes", Version: "v1.31.14", Sum: "h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk="},
	{Path: "k8s.io/kubernetes", Version: "v1.32.13", Sum: "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ="},
	{Path: "k8s.io/kubernetes", Version: "v1.33.13", Sum: "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ="},
	{Path: "k8s.io/kubernetes", Version: "v1.34.4", Sum: "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk="},
	{Path: "k8s.io/kubernetes", Version: "v1.35.4", Sum: "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM="},
	{Path: "k8s.io/kubernetes", Version: "v1.36.3", Sum: "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o="},
	{Path: "k8s.io/kubernetes", Version: "v1.37.1", Sum: "h1:LTUzSbp9n0W7649oVKBYfC48zcoD3vCk++1PZQn28q8="},
}
