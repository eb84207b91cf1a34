package main

import (
	"context"
	"errors"
	"fmt"

	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"
)

// absent returns an error for each reference, such as registry.example.com/chart:1.0.0, that a registry has or cannot say
// whether it has. A registry is trusted as by any program of Go: SSL_CERT_FILE names another authority than the system's.
func absent(ctx context.Context, references []string) error {
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return fmt.Errorf("read what docker login has stored: %w", err)
	}
	client := &auth.Client{Client: retry.DefaultClient, Cache: auth.NewCache(), Credential: credentials.Credential(store)}
	var all error
	for _, reference := range references {
		repository, err := remote.NewRepository(reference)
		if err != nil {
			return fmt.Errorf("%s: %w", reference, err)
		}
		repository.Client = client
		descriptor, err := repository.Resolve(ctx, repository.Reference.ReferenceOrDefault())
		switch {
		case err == nil:
			all = errors.Join(all, fmt.Errorf("%s: is published already (%s): what changes needs a new version", reference, descriptor.Digest))
		case !errors.Is(err, errdef.ErrNotFound):
			all = errors.Join(all, fmt.Errorf("%s: cannot tell whether it is published: %w", reference, err))
		}
	}
	return all
}
