package histories

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"gitlab.example.com/platform/slipway/test/suite/histories/model"
)

// plain runs helm without slipway, whatever becomes of it. It is never cut off: nobody could tell that it has died.
func (h *history) plain(ctx context.Context, line []string) error {
	p, err := start(ctx, h.project.deployer, line...)
	_, err = h.run(ctx, p, err)
	return err
}

func (h *history) plainUpgrade(ctx context.Context, s model.Step) error {
	h.wanted = h.wanted.After(s)
	line, err := h.upgrade(model.NoFault, "--timeout", middleTimeout)
	if err != nil {
		return err
	}
	return h.plain(ctx, line)
}

func (h *history) plainRollback(ctx context.Context, _ model.Step) error {
	return h.plain(ctx, []string{h.program.Path("helm"), "rollback", model.Name, "--namespace", h.project.namespace})
}

func (h *history) plainUninstall(ctx context.Context, _ model.Step) error {
	return h.plain(ctx, []string{h.program.Path("helm"), "uninstall", model.Name, "--namespace", h.project.namespace})
}

// byHand runs kubectl as an administrator. What it names may not be there.
func (h *history) byHand(ctx context.Context, s model.Step) error {
	name := h.wanted.Name()
	deployment := "deployment/" + name
	args := map[model.Hand][]string{
		model.Scale:            {"scale", deployment, fmt.Sprintf("--replicas=%d", s.Replicas)},
		model.SetImage:         {"set", "image", deployment, "*=" + repository + ":hotfix"},
		model.EditConfig:       {"patch", "configmap", name, "--patch", `{"data":{"config.yml":"message: by hand"}}`},
		model.EditVariable:     {"set", "env", deployment, "KEPT=by-hand"},
		model.EditService:      {"patch", "service", name, "--type=json", "--patch", `[{"op":"replace","path":"/spec/ports/0/targetPort","value":9999}]`},
		model.DeleteConfig:     {"delete", "configmap", name, "--wait=false"},
		model.DeleteService:    {"delete", "service", name, "--wait=false"},
		model.DeleteDeployment: {"delete", deployment, "--wait=false"},
	}[s.Hand]
	if s.Hand == model.DeletePod {
		list, err := admin.Typed.CoreV1().Pods(h.project.namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=" + name})
		if err != nil || len(list.Items) == 0 {
			return err
		}
		args = []string{"delete", "pod", list.Items[0].Name, "--wait=false"}
	}
	p, err := start(ctx, admin.Kubeconfig, append([]string{h.program.Path("kubectl"), "--namespace", h.project.namespace}, args...)...)
	_, err = h.run(ctx, p, err)
	return err
}

// rightLost turns cron jobs off, and then the deployer's right to them.
func (h *history) rightLost(ctx context.Context, s model.Step) error {
	h.wanted = h.wanted.After(s)
	if err := h.mustDeploy(ctx); err != nil {
		return err
	}
	return h.project.loseRight(ctx)
}

// kindGone turns widgets off, and then removes their definition.
func (h *history) kindGone(ctx context.Context, s model.Step) error {
	h.wanted = h.wanted.After(s)
	if h.project.group == "" {
		return nil
	}
	if err := h.mustDeploy(ctx); err != nil {
		return err
	}
	return removeDefinition(ctx, h.project.group)
}

// scaler is the field manager of a HorizontalPodAutoscaler's controller.
const scaler = "kube-controller-manager"

// autoscaler scales as a controller does, through the scale subresource, deploys, and lets go. What a controller owns is
// never taken; Helm 3 does not ask who owns what.
func (h *history) autoscaler(ctx context.Context, _ model.Step) error {
	const scaled = 4
	if err := h.mustDeploy(ctx); err != nil {
		return err
	}
	deployments := admin.Typed.AppsV1().Deployments(h.project.namespace)
	name := h.wanted.Name()
	_, err := deployments.Patch(ctx, name, types.MergePatchType, []byte(fmt.Sprintf(`{"spec":{"replicas":%d}}`, scaled)),
		metav1.PatchOptions{FieldManager: scaler}, "scale")
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(time.Minute); h.pods.ready() < scaled && time.Now().Before(deadline); {
		time.Sleep(50 * time.Millisecond)
	}
	if h.program.Major == 4 {
		h.pods.setFloor(scaled)
	}
	h.proxy.begin()
	p, err := h.begin(ctx, model.NoFault, longTimeout)
	if _, err := h.run(ctx, p, err); err != nil {
		return err
	}
	if err := h.pods.check(); err != nil {
		return err
	}
	h.pods.setFloor(model.Replicas)
	deployment, err := deployments.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	kept := deployment.ManagedFields[:0]
	for _, fields := range deployment.ManagedFields {
		if fields.Manager != scaler || fields.Subresource != "scale" {
			kept = append(kept, fields)
		}
	}
	deployment.ManagedFields = kept
	_, err = deployments.Update(ctx, deployment, metav1.UpdateOptions{FieldManager: "an-administrator"})
	return err
}
