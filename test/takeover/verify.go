package takeover

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// requireTaken fails, with what differs, unless all that is live is what Helm has recorded.
func (t *takeover) requireTaken(ctx context.Context) error {
	all, err := t.records.All(ctx)
	if err != nil {
		return err
	}
	last, _ := all.Recorded()
	objects, err := last.Objects()
	if err != nil {
		return err
	}
	var wrong []error
	for _, object := range objects {
		now, err := t.cluster.Get(ctx, object)
		if err != nil {
			return err
		}
		if now == nil {
			wrong = append(wrong, fmt.Errorf("%s is not there", name(object)))
			continue
		}
		wanted, err := t.becomes(ctx, now, object)
		if err != nil {
			return err
		}
		if found := differences(content(now), content(wanted)); len(found) > 0 {
			wrong = append(wrong, fmt.Errorf("%s is live with what the chart does not have:\n  %s", name(object), strings.Join(found, "\n  ")))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("the release is deployed, but not all is what the chart says: %w", errors.Join(wrong...))
	}
	return nil
}
