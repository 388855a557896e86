# The names of the VPC and EKS modules that most people take, in two modules of this file's own.

module "vpc" {
  source   = "./vpc"
  name     = "web"
  cidr     = "10.40.0.0/16"
  azs      = ["us-west-2a", "us-west-2b", "us-west-2c"]
  private  = ["10.40.0.0/19", "10.40.32.0/19", "10.40.64.0/19"]
  public   = ["10.40.96.0/24", "10.40.97.0/24", "10.40.98.0/24"]
  database = ["10.40.200.0/24", "10.40.201.0/24", "10.40.202.0/24"]
}

module "eks" {
  source     = "./eks"
  name       = "web"
  vpc_id     = module.vpc.vpc_id
  subnet_ids = module.vpc.private_subnets
}
