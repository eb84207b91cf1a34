// Package kubernetes says what each version of Kubernetes accepts, without a cluster: which kinds and fields it serves
// (package catalogue), what the API server's own code says of an object that is created or updated, and what a level of
// Pod Security refuses.
//
// The code that judges is that of one version, the one of go.mod; kinds, fields and Pod Security are each version's own.
// An older version may refuse what a newer one has come to allow (a looser name, a field whose feature was off): that is
// not seen here. Nor is what only a cluster knows: quotas, limits, webhooks, what other objects there are, and what is
// installed. Problems with the source Undecided say where that matters.
//
// All functions may be called concurrently. A [Document] remembers what was found: ask about one text through one Document.
package kubernetes
