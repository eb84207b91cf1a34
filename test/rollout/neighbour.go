package rollout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"gitlab.example.com/platform/slipway/test/helm"
)

// spareNeighbours refuses a command whose hooks have names of objects of others: before Helm runs a hook it deletes what has
// its name, whoever's it is. (Of all other objects Helm looks whose they are.) What cannot be seen is said, and keeps nothing
// from being deployed.
func (r *rollout) spareNeighbours(ctx context.Context) error {
	if r.IsOn("no-hooks") {
		return nil
	}
	stdin, err := r.keepInput()
	if err != nil {
		return err
	}
	rendered, err := r.program.Render(ctx, stdin, append(slices.Clone(r.Args), "--disable-openapi-validation")...)
	var hooks []*unstructured.Unstructured
	if err == nil {
		hooks, err = rendered.HookObjects()
	}
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.say("whose objects have the names of hooks is not looked at: helm cannot say beforehand which hooks there are")
		return nil
	}
	earlier := r.hooksOf(r.before)
	found, unseen := r.live.HookNeighbours(ctx, r.release, hooks, earlier)
	for _, err := range unseen {
		r.say("cannot see whether there is something that a hook would replace: %v", err)
	}
	if len(found) > 0 {
		var all []error
		for _, n := range found {
			all = append(all, fmt.Errorf("%s, and a hook of release %s has its name, for which Helm would delete it", n, r.release))
		}
		return fmt.Errorf("nothing was changed: %w; give the hook another name (in charts/microservice, another key in jobs or tests), "+
			"or if nobody needs what is there, delete it", errors.Join(all...))
	}
	if needed, err := rendered.Objects(); err == nil {
		if err := r.removeHooks(ctx, slices.Concat(needed, hooks), earlier); err != nil {
			r.say("%v", err)
		}
	}
	return nil
}

// neighbours are the objects that a recovery would change or delete though they belong to another release: a revision that was
// cut off holds in its record what it never made, and somebody else may have made that since.
func (r *rollout) neighbours(ctx context.Context, h helm.History, plan recovery) (all []error) {
	for _, one := range h {
		if one.Number != h.Last() && one.Number != plan.rollback {
			continue
		}
		manifest, err := one.Objects()
		if err != nil {
			r.sayOnce("revision %d: %v", one.Number, err)
			continue
		}
		found, _ := r.live.Neighbours(ctx, r.release, manifest)
		for _, n := range found {
			all = append(all, errors.New(n.String()))
		}
	}
	return all
}

// strikeNeighbours strikes what belongs to others by now from the record of a revision that Helm is to upgrade from, or to go
// back to: of what is in a record Helm does not ask whose it is before it changes or deletes it.
func (r *rollout) strikeNeighbours(ctx context.Context, one helm.Revision) {
	manifest, err := one.Objects()
	if err != nil {
		return // Helm says it
	}
	theirs, _ := r.live.Neighbours(ctx, r.release, manifest)
	if len(theirs) == 0 {
		return
	}
	text, err := manifestOf(r.live.Without(manifest, theirs))
	if err == nil {
		err = r.records.SetManifest(ctx, one, text)
	}
	for _, n := range theirs {
		if err != nil {
			r.say("revision %d has it in its record, and helm may change or delete it: %s: %v", one.Number, n, err)
			continue
		}
		r.say("leaving what is not its own, though revision %d had it: %s", one.Number, n)
	}
}

// uninstallOwn uninstalls a release but for what belongs to others, which Helm would delete too.
func (r *rollout) uninstallOwn(ctx context.Context, h helm.History, neighbours []error) error {
	r.say("leaving what is not its own: %v", errors.Join(neighbours...))
	for _, one := range h {
		if err := r.forget(ctx, one); err != nil {
			return err
		}
	}
	return r.removeLeftovers(ctx, h)
}

// keepInput returns what helm is to read from the standard input, which it may have once more.
func (r *rollout) keepInput() (io.Reader, error) {
	if !r.ReadsInput() || r.options.Stdin == nil {
		return nil, nil
	}
	text, err := io.ReadAll(r.options.Stdin)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	r.options.Stdin = bytes.NewReader(text)
	return bytes.NewReader(text), nil
}

// hooksOf are what the hooks of revisions make.
func (r *rollout) hooksOf(h helm.History) (all []*unstructured.Unstructured) {
	for _, one := range h {
		of, err := one.HookObjects()
		if err != nil {
			r.sayOnce("revision %d: %v", one.Number, err)
			continue
		}
		all = append(all, of...)
	}
	return all
}

// removeHooks removes what an earlier hook was to remove, had it not failed or been cut off, and none of what is needed has the
// name of: it would stay for ever, and keep that name from other services. A hook that is needed is Helm's to replace.
// The error is of an API server that does not answer.
func (r *rollout) removeHooks(ctx context.Context, needed, earlier []*unstructured.Unstructured) error {
	known := map[string]bool{}
	for _, o := range needed {
		known[r.object(o).key()] = true
	}
	for _, o := range earlier {
		hook := r.object(o)
		policy := hook.GetAnnotations()["helm.sh/hook-delete-policy"]
		if known[hook.key()] || !strings.Contains(policy, "hook-succeeded") {
			continue
		}
		known[hook.key()] = true
		left, err := r.live.Get(ctx, hook.Unstructured)
		if isTransient(err) {
			return fmt.Errorf("what hooks have left: %s: %w", hook, err)
		}
		if err != nil || left == nil || helm.Owner(left) != "" || left.GetLabels()[helm.InstanceLabel] != r.release {
			continue
		}
		r.say("removing %s, which a hook of an earlier revision has left", hook)
		if err := r.live.remove(ctx, object{left}); isTransient(err) {
			return fmt.Errorf("remove %s: %w", hook, err)
		} else if err != nil {
			r.say("%s stays: %v", hook, err)
		}
	}
	return nil
}

// object is one of a manifest, in its namespace.
func (r *rollout) object(o *unstructured.Unstructured) object {
	if o.GetNamespace() == "" {
		o.SetNamespace(r.Namespace)
	}
	return object{o}
}
