k8s_version = "1.36"
key_name    = "lovelace"
