package histories

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/helmcli"
	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

var silent = log.New(io.Discard, "", 0)

// history is one that is played.
type history struct {
	product
	plan    model.Plan
	program *helmcli.Program
	project *project
	proxy   *proxy
	pods    *pods
	// neighbour as it was when the history began.
	neighbour map[string]any

	// wanted by the team now.
	wanted model.Service
	// tag of the newest deploy.
	tag  string
	tags int
	// renaming: until a good deploy has succeeded, pods are live under another name or end under it.
	renaming bool

	mutex sync.Mutex
	log   strings.Builder
}

// logf adds a line to what is printed of a history that broke.
func (h *history) logf(format string, args ...any) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	fmt.Fprintf(&h.log, time.Now().Format("15:04:05.000 ")+format+"\n", args...)
}

// text is all that was said.
func (h *history) text() string {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.log.String()
}

// play plays a plan with a product in a project of its own. The error is a breach where a promise was broken, and anything else where it
// could not be played. said is what was done, for people.
func play(ctx context.Context, of product, plan model.Plan) (said string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &history{product: of, plan: plan, wanted: plan.Wanted, program: helmcli.Programs[plan.Helm-3]}
	defer func() { said = h.text() }()
	h.project, err = makeProject(ctx, plan.Seed, plan.Uses(model.Widget))
	if h.project != nil {
		defer h.project.end()
	}
	if err != nil {
		return "", err
	}
	if h.proxy, err = newProxy(ctx, h.project.deployer, h.project.folder); err != nil {
		return "", err
	}
	if err := h.deployNeighbour(ctx); err != nil {
		return "", err
	}
	h.pods = watchPods(ctx, h.project.namespace)
	for i, step := range plan.Steps {
		name := fmt.Sprintf("%d. %s", i+1, step)
		h.logf("=== %s", name)
		if err := h.step(ctx, name, step); err != nil {
			return "", err
		}
	}
	h.logf("=== the good deploy in the end")
	h.pods.beginStep("the good deploy in the end")
	return "", h.end(ctx)
}

// step plays one step.
func (h *history) step(ctx context.Context, name string, s model.Step) error {
	h.pods.beginStep(name)
	h.allow(s)
	if err := steps[s.Kind](h, ctx, s); err != nil {
		return err
	}
	if err := h.raiseFloor(ctx); err != nil {
		return err
	}
	return errors.Join(h.pods.check(), h.checkNeighbour(ctx))
}

// steps say how each kind is played.
var steps = map[model.Kind]func(*history, context.Context, model.Step) error{
	model.Deploy:         (*history).deploy,
	model.TwoAtOnce:      (*history).twoAtOnce,
	model.Sleep:          (*history).sleep,
	model.Autoscaler:     (*history).autoscaler,
	model.RightLost:      (*history).rightLost,
	model.KindGone:       (*history).kindGone,
	model.PlainUpgrade:   (*history).plainUpgrade,
	model.PlainRollback:  (*history).plainRollback,
	model.PlainUninstall: (*history).plainUninstall,
	model.ByHand:         (*history).byHand,
}

// allow lowers the number of pods that must be ready by those that a step ends with good right.
func (h *history) allow(s model.Step) {
	floor := h.pods.floor
	switch {
	case s.Change == model.Rename, s.Kind == model.PlainRollback && h.wanted.Renamed > 0: // Helm does not wait before it deletes
		floor, h.renaming = 0, true
	case s.Kind == model.PlainUninstall, s.Hand == model.DeleteDeployment:
		floor = 0
	case s.Hand == model.DeletePod:
		floor--
	case s.Hand == model.Scale:
		floor = min(floor, s.Replicas)
	}
	h.pods.setFloor(max(floor, 0))
}

// raiseFloor has as many pods stay ready from now on as are ready, and as are wanted.
func (h *history) raiseFloor(ctx context.Context) error {
	revision, err := h.newest(ctx)
	if h.renaming || err != nil || revision.status == "uninstalling" {
		return err
	}
	deployment, err := admin.Typed.AppsV1().Deployments(h.project.namespace).Get(ctx, h.wanted.Name(), metav1.GetOptions{})
	if apierrors.IsNotFound(err) || err == nil && deployment.DeletionTimestamp != nil {
		return nil
	}
	if err != nil {
		return err
	}
	h.pods.setFloor(max(h.pods.floor, min(model.Replicas, int(*deployment.Spec.Replicas), h.pods.ready())))
	return nil
}

// end holds a history to what must be true after it.
func (h *history) end(ctx context.Context) error {
	if err := h.mustDeploy(ctx); err != nil {
		return err
	}
	if err := h.pods.check(); err != nil {
		return err
	}
	return errors.Join(h.checkLive(ctx), h.checkNeighbour(ctx))
}

// checkLive compares what is live with a fresh install of what was deployed last.
func (h *history) checkLive(ctx context.Context) error {
	revision, err := h.newest(ctx)
	if err != nil {
		return err
	}
	if revision.status != "deployed" {
		return breach{isPending, fmt.Sprintf("revision %d is %s", revision.number, revision.status)}
	}
	var difference string
	for deadline := time.Now().Add(15 * time.Second); ; { // controllers may still be at work
		if difference, err = h.difference(ctx, h.wanted, h.tag); err != nil || difference == "" {
			break
		}
		if time.Now().After(deadline) {
			return breach{differs, difference}
		}
		time.Sleep(500 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	leases, err := admin.Typed.CoordinationV1().Leases(h.project.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	if len(leases.Items) > 0 {
		return breach{leavesLease, leases.Items[0].Name}
	}
	return nil
}

// deployNeighbour deploys the second service.
func (h *history) deployNeighbour(ctx context.Context) error {
	p, err := start(ctx, h.project.deployer, h.program.Path("helm"), "install", h.plan.Neighbour, h.chart, "--namespace", h.project.namespace, "--wait",
		"--set", "environment=dev,replicas=1,image.tag=dev-1,image.repository="+repository+"-neighbour,config.files.config\\.yml=neighbour")
	if err != nil {
		return err
	}
	if code, err := p.end(ctx); code != 0 || err != nil {
		return fmt.Errorf("deploy the neighbour: %v\n%s", err, p.said.String())
	}
	h.neighbour, err = snapshot(ctx, h.project.namespace, h.plan.Neighbour)
	return err
}

// checkNeighbour compares the second service with what it was.
func (h *history) checkNeighbour(ctx context.Context) error {
	now, err := snapshot(ctx, h.project.namespace, h.plan.Neighbour)
	if err != nil {
		return err
	}
	if difference := differences(h.neighbour, now); difference != "" {
		return breach{harmed, difference}
	}
	return nil
}
