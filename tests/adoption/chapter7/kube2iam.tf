resource "null_resource" "kube2iam" {
  triggers = {
    manifest_sha1 = sha1(file("${path.module}/kube2iam.yaml"))
  }

  provisioner "local-exec" {
    command = "kubectl --kubeconfig=${path.module}/kubeconfig apply -f ${path.module}/kube2iam.yaml"
  }
}
