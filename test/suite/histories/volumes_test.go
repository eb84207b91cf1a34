package histories

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// storageClass is that of claims which can grow, as most clusters' can.
const storageClass = "growable"

// provideVolumes makes a volume for each claim from now on, as a provisioner does: the embedded cluster has none.
func provideVolumes(ctx context.Context) error {
	_, err := admin.Typed.StorageV1().StorageClasses().Create(ctx, &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: storageClass}, Provisioner: "kubernetes.io/no-provisioner", AllowVolumeExpansion: new(true),
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	go func() {
		for ctx.Err() == nil {
			claims, err := admin.Typed.CoreV1().PersistentVolumeClaims("").Watch(ctx, metav1.ListOptions{})
			if err != nil {
				continue
			}
			for event := range claims.ResultChan() {
				if claim, ok := event.Object.(*corev1.PersistentVolumeClaim); ok {
					provide(ctx, event.Type, claim)
				}
			}
		}
	}()
	return nil
}

// provide makes a claim's volume, or removes it with the claim. What goes wrong is seen in the pods, which wait.
func provide(ctx context.Context, event watch.EventType, claim *corev1.PersistentVolumeClaim) {
	volumes := admin.Typed.CoreV1().PersistentVolumes()
	name := "volume-" + string(claim.UID)
	switch {
	case event == watch.Deleted:
		_ = volumes.Delete(ctx, name, metav1.DeleteOptions{})
	case claim.Spec.VolumeName == "":
		_, err := volumes.Create(ctx, &corev1.PersistentVolume{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: corev1.PersistentVolumeSpec{
				Capacity:    corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("100Gi")},
				AccessModes: claim.Spec.AccessModes, StorageClassName: storageClass,
				ClaimRef:               &corev1.ObjectReference{Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
				PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/simulated"}},
			},
		}, metav1.CreateOptions{})
		if err != nil && !apierrors.IsAlreadyExists(err) {
			return
		}
	}
}
