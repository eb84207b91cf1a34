package histories

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// Helm's --timeout, of deploys that are to fail by it, of those that something may happen to, and of good ones, which
// must not fail by a busy machine.
const (
	shortTimeout  = "6s"
	middleTimeout = "30s"
	longTimeout   = "2m"
)

// revision is what is told of one by the labels of Helm's record.
type revision struct {
	number int
	status string
}

// newest returns the release's newest revision; the zero value if there is none.
func (h *history) newest(ctx context.Context) (newest revision, err error) {
	list, err := admin.Typed.CoreV1().Secrets(h.project.namespace).List(ctx, metav1.ListOptions{LabelSelector: "owner=helm,name=" + model.Name})
	if err != nil {
		return newest, err
	}
	for _, secret := range list.Items {
		if n, _ := strconv.Atoi(secret.Labels["version"]); n > newest.number {
			newest = revision{n, secret.Labels["status"]}
		}
	}
	return newest, nil
}

// upgrade is the line of `helm upgrade --install` for what the team wants, with a fault, under a new tag.
func (h *history) upgrade(fault model.Fault, flags ...string) ([]string, error) {
	h.tags++
	h.tag = fmt.Sprintf("dev-%d", h.tags)
	values, err := writeValues(h.project.folder, h.wanted, fault, h.tag, h.project.group)
	return slices.Concat([]string{
		h.program.Path("helm"), "upgrade", "--install", model.Name, h.chart, "--namespace", h.project.namespace,
		"--values", values, "--disable-openapi-validation", "--wait",
	}, flags), err
}

// begin starts `slipway rollout` through the proxy.
func (h *history) begin(ctx context.Context, fault model.Fault, timeout string) (*process, error) {
	line, err := h.upgrade(fault, h.program.RollbackOnFailure, "--timeout", timeout)
	if err != nil {
		return nil, err
	}
	return start(ctx, h.proxy.kubeconfig, append([]string{h.slipway, "rollout", "--lease-duration", "3s", "--"}, line...)...)
}

// run runs a command to its end.
func (h *history) run(ctx context.Context, p *process, err error) (exitCode int, _ error) {
	if err != nil {
		return 0, err
	}
	code, err := p.end(ctx)
	h.logf("$ %s\n%sexit code %d", p.line, p.said.String(), code)
	return code, err
}

// mustDeploy deploys what the team wants, which has to succeed in at most two runs.
func (h *history) mustDeploy(ctx context.Context) error {
	var said []string
	for range 2 {
		h.proxy.begin()
		p, err := h.begin(ctx, model.NoFault, longTimeout)
		code, err := h.run(ctx, p, err)
		if err != nil {
			return err
		}
		if code == 0 {
			h.renaming = false
			return h.raiseFloor(ctx)
		}
		said = append(said, fmt.Sprintf("$ %s\n%sexit code %d", p.line, p.said.String(), code))
	}
	return breach{isStuck, strings.Join(said, "\n")}
}

// deploy plays a deploy, good or bad, which may be disturbed.
func (h *history) deploy(ctx context.Context, s model.Step) error {
	h.wanted = h.wanted.After(s)
	fails := h.wanted.Refuses(s.Fault)
	switch {
	case !fails && s.Undisturbed():
		return h.mustDeploy(ctx)
	case fails && s.Undisturbed():
		h.proxy.begin()
		p, err := h.begin(ctx, s.Fault, shortTimeout)
		code, err := h.run(ctx, p, err)
		if err == nil && code == 0 {
			return breach{succeedsBad, p.said.String()}
		}
		return err
	}
	timeout := middleTimeout
	if fails {
		timeout = shortTimeout
	}
	_, err := h.disturbed(ctx, s, timeout)
	return err
}

// disturbed plays a deploy that is cut off, or has trouble with the API server.
func (h *history) disturbed(ctx context.Context, s model.Step, timeout string) (*process, error) {
	var p *process
	started := make(chan struct{})
	var events []*event
	if s.Trouble != nil {
		events = append(events, &event{at: s.Trouble.From, do: func() {
			h.logf("%s", s.Trouble)
			h.proxy.fallIll(*s.Trouble)
		}})
	}
	cut := func() {
		<-started
		h.logf("%s", s.Cut)
		if s.Cut.Kill {
			p.signal(s.Cut.Whom, syscall.SIGKILL)
			return
		}
		p.signal(s.Cut.Whom, syscall.SIGTERM)
		if s.Cut.ThenKill {
			time.AfterFunc(time.Second, func() { p.signal(model.Both, syscall.SIGKILL) })
		}
	}
	if s.Cut != nil {
		events = append(events, &event{at: s.Cut.At, do: cut, loses: s.Cut.Kill && s.Cut.Whom != model.Helm})
	}
	before := h.pods.known()
	h.proxy.begin(events...)
	p, err := h.begin(ctx, s.Fault, timeout)
	if err != nil {
		return nil, err
	}
	close(started)
	if s.Cut != nil && s.Cut.At.Pods {
		h.await(p, func() bool { return h.pods.arrived(before) })
		if !p.ended() {
			cut()
		}
	}
	children := p.children()
	_, err = h.run(ctx, p, nil)
	for _, child := range children { // whose parent has died
		for deadline := time.Now().Add(time.Minute); !isGone(child) && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return p, err
}

// await returns when a condition holds, or the command has ended.
func (h *history) await(p *process, condition func() bool) {
	for !p.ended() && !condition() {
		time.Sleep(20 * time.Millisecond)
	}
}

// twoAtOnce starts two good deploys in the same moment.
func (h *history) twoAtOnce(ctx context.Context, s model.Step) error {
	h.wanted = h.wanted.After(s)
	h.proxy.begin()
	a, err := h.begin(ctx, model.NoFault, longTimeout)
	if err != nil {
		return err
	}
	b, err := h.begin(ctx, model.NoFault, longTimeout)
	if _, err := h.run(ctx, b, err); err != nil {
		return err
	}
	_, err = h.run(ctx, a, nil)
	return err
}

// sleep plays a deploy on a machine that falls asleep, such as a laptop. Another one deploys meanwhile. When the first
// wakes, slipway is the first that runs again, so that it is not left to chance how much of helm runs before it.
func (h *history) sleep(ctx context.Context, s model.Step) error {
	h.wanted = h.wanted.After(s)
	var a *process
	started := make(chan struct{})
	asleep := make(chan struct{})
	stop := func() {
		<-started
		a.signal(model.Both, syscall.SIGSTOP)
		close(asleep)
	}
	before := h.pods.known()
	h.proxy.begin(&event{at: s.At, do: stop})
	a, err := h.begin(ctx, s.Fault, middleTimeout)
	if err != nil {
		return err
	}
	close(started)
	h.await(a, func() bool {
		if s.At.Pods && h.pods.arrived(before) {
			stop()
		}
		select {
		case <-asleep:
			return true
		default:
			return false
		}
	})
	if a.ended() {
		_, err := h.run(ctx, a, nil)
		return err
	}
	h.logf("asleep: %s", a.line)
	_, err = admin.Typed.CoordinationV1().Leases(h.project.namespace).Get(ctx, "slipway-rollout-"+model.Name, metav1.GetOptions{})
	held := err == nil
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	if err := h.mustDeploy(ctx); err != nil {
		return err
	}
	children := a.children()
	a.signal(model.Slipway, syscall.SIGCONT)
	noticed := time.Now().Add(15 * time.Second)
	h.await(a, func() bool {
		if strings.Contains(a.said.String(), "could not be renewed") {
			noticed = minTime(noticed, time.Now().Add(3*time.Second))
		}
		return !time.Now().Before(noticed) || slices.IndexFunc(children, func(pid int) bool { return !isGone(pid) }) < 0
	})
	a.signal(model.Helm, syscall.SIGCONT)
	tag := h.tag
	if _, err := h.run(ctx, a, nil); err != nil {
		return err
	}
	if !held { // it had not begun
		return nil
	}
	h.tag = tag
	difference, err := h.difference(ctx, h.wanted, h.tag)
	if err != nil {
		return err
	}
	if difference != "" {
		return breach{overwritten, difference + "\n" + a.said.String()}
	}
	return nil
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
