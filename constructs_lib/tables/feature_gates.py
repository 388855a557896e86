"""The feature gates that kubelets list, alpha and beta, so that a slip of the pen is told at synth.

A dated table; `kubelet --help` is its source, of the versions that stand above the names. A kubelet
does not start with a gate that it does not know.
"""

import difflib
from datetime import date
from typing import Final

AS_OF: Final = date(2026, 11, 26)
"""The day the table was last compared with its source."""

_TABLE: Final = """\
1.33 1.36 1.37
    APIResponseCompression APIServerIdentity APIServingWithRoutine AllAlpha AllBeta
    AllowParsingUserUIDFromCertAuth AllowUnsafeMalformedObjectDeletion CBORServingAndStorage
    CPUManagerPolicyAlphaOptions CPUManagerPolicyBetaOptions CSIVolumeHealth ClientsAllowCBOR
    ClientsPreferCBOR CloudControllerManagerWebhook ComponentFlagz ComponentStatusz
    ConcurrentWatchObjectDecode ContainerCheckpoint ContainerStopSignals ContextualLogging
    CoordinatedLeaderElection CrossNamespaceVolumeDataSource DRAPartitionableDevices
    DeploymentReplicaSetTerminatingReplicas EventedPLEG GracefulNodeShutdown
    GracefulNodeShutdownBasedOnPodPriority HPAScaleToZero
    InPlacePodVerticalScalingExclusiveCPUs KubeletCrashLoopBackOffMax
    KubeletEnsureSecretPulledImages KubeletInUserNamespace KubeletSeparateDiskGC
    KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot
    LocalStorageCapacityIsolationFSQuotaMonitoring LoggingAlphaOptions LoggingBetaOptions
    MatchLabelKeysInPodTopologySpread MaxUnavailableStatefulSet MemoryQoS OpenAPIEnums
    PodAndContainerStatsFromCRI PodDeletionCost PodLevelResources PodLogsQuerySplitStreams
    PodTopologyLabelsAdmission PortForwardWebsockets QOSReserved
    ReduceDefaultCrashLoopBackOffDecay ReloadKubeletServerCertificateFile
    RemoteRequestHeaderUID ResourceHealthStatus RotateKubeletServerCertificate
    RuntimeClassInImageCriApi SchedulerAsyncPreemption SchedulerPopFromBackoffQ
    ServiceAccountNodeAudienceRestriction StorageCapacityScoring StorageVersionAPI
    StorageVersionHash StrictIPCIDRValidation TopologyManagerPolicyAlphaOptions
    TopologyManagerPolicyBetaOptions TranslateStreamCloseWebsocketRequests
    UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy WatchList
    WatchListClient WindowsCPUAndMemoryAffinity WindowsGracefulNodeShutdown
1.33
    APIServerTracing AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors
    AuthorizeWithSelectors ConsistentListFromCache CustomCPUCFSQuotaPeriod DRAAdminAccess
    DRAPrioritizedList DeclarativeValidation DeclarativeValidationTakeover
    DisableAllocatorDualWrite DisableCPUQuotaWithExclusiveCPUs DynamicResourceAllocation
    ExternalServiceAccountTokenSigner ImageMaximumGCAge ImageVolume InOrderInformers
    InPlacePodVerticalScaling InTreePluginPortworxUnregister InformerResourceVersion
    JobManagedBy JobPodReplacementPolicy KubeletCgroupDriverFromCRI KubeletFineGrainedAuthz
    KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletTracing
    MutableCSINodeAllocatableCount MutatingAdmissionPolicy NodeLogQuery NodeSwap
    OrderedNamespaceDeletion PodLifecycleSleepAction PodLifecycleSleepActionAllowZero
    PodObservedGenerationTracking PreferSameTrafficDistribution ProcMountType
    RecoverVolumeExpansionFailure RelaxedDNSSearchValidation
    RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization SELinuxChangePolicy
    SELinuxMountReadWriteOncePod SchedulerQueueingHints SeparateTaintEvictionController
    StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf
    StructuredAuthenticationConfiguration SupplementalGroupsPolicy SystemdWatchdog
    UserNamespacesPodSecurityStandards UserNamespacesSupport VolumeAttributesClass WinDSR
    WinOverlay
1.37
    APIServerWebhookAuthenticationToken AtomicWriteVolumeUserFields CompositePodGroup
    ConsistentListFromCacheSkipTimeoutFallback DRADerivedAttributes
    DRADeviceCompatibilityGroups DRAFractionalCapacityRange DRAOptionalNodeOperations
    DRAPartitionableDevicesType DefaultPodSysctls EmptyDirVolumeMode EtcdRangeStream
    EvictionRequestAPI ExcludeAdmissionWebhookVirtualResources GRPCContainerProbeTLS
    H2CContainerProbe HPAGeneration HPAOptimizedSelectorStore HugepageAwareEviction
    InPlacePodVerticalScalingMemoryBackedVolumes InPlacePodVerticalScalingSchedulerPreemption
    InterPodAffinityHostnameFastPath KubeProxyNFTablesLocalhostNodePorts
    KubeletAllocatedPodsEndpoint NFTablesNetlink NodeControllerLeaseCircuitBreaker
    NodeLifecycleConditions PodGroupPreemptionPolicy PodLevelResourcesFixDefaulting
    PodLevelResourcesFixKubeletQOSClass SchedulerPreQueueingHints
    StaleControllerConsistencyHPA StatefulSetRecreateStrategy VolumeBindMountOptions
    WatchListCompression WebhookRoundTripLoadBalancing
1.36 1.37
    AtomicFIFO AuthorizePodWebsocketUpgradeCreatePermission CRDObservedGenerationTracking
    CRIListStreaming ClearingNominatedNodeNameAfterBinding ClientsAllowCARotation
    ClientsAllowTLSCacheGC CloudControllerManagerWatchBasedRoutesReconciliation
    ConstrainedImpersonation ContainerRestartRules
    ControllerManagerReleaseLeaderElectionLockOnExit DRAConsumableCapacity
    DRADeviceBindingConditions DRAListTypeAttributes DRANodeAllocatableResources
    DRAResourceClaimGranularStatusAuthorization DRAResourcePoolStatus
    DRASchedulerFilterTimeout DRAWorkloadResourceClaims DeclarativeValidationBeta
    DetectCacheInconsistency EnvFiles ExtendWebSocketsToKubelet GenericWorkload
    ImageVolumeWithDigest InOrderInformersBatchProcess InPlacePodLevelResourcesVerticalScaling
    InPlacePodVerticalScalingExclusiveMemory ManifestBasedAdmissionControlConfig
    MatchLabelKeysInPodTopologySpreadSelectorMerge MutablePVNodeAffinity
    MutablePodResourcesForSuspendedJobs MutableSchedulingDirectivesForSuspendedJobs
    NativeHistograms NominatedNodeNameForExpectation OpportunisticBatching
    PersistentVolumeClaimUnusedSinceTime PodLevelResourceManagers PodsAPI
    ReloadKubeletClientCAFile ResourceHealthStatusMessage RestartAllContainersOnContainerExits
    SchedulerAsyncAPICalls ShardedListAndWatch SizeBasedListCostEstimate
    StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob
    StaleControllerConsistencyReplicaSet StaleControllerConsistencyStatefulSet
    StatefulSetSemanticRevisionComparison StructuredAuthenticationConfigurationEgressSelector
    StructuredAuthenticationConfigurationJWKSMetrics TaintTolerationComparisonOperators
    TokenRequestServiceAccountUIDValidation TopologyAwareWorkloadScheduling
    UnlockWhileProcessingFIFO UserNamespacesHostNetworkSupport VolumeLimitScaling
    WorkloadWithJob
1.33 1.36
    ClusterTrustBundle ClusterTrustBundleProjection DRADeviceTaints
    DRAResourceClaimDeviceStatus HPAConfigurableTolerance PodReadyToStartContainersCondition
    SELinuxMount StorageVersionMigrator WatchCacheInitializationPostStartHook
1.36
    DRADeviceTaintRules DRAExtendedResource GangScheduling HostnameOverride
    InPlacePodVerticalScalingInitContainers NodeDeclaredFeatures PLEGOnDemandRelist
    PodCertificateRequest PreventStaticPodAPIReferences RelaxedServiceNameValidation
    WorkloadAwarePreemption
"""


def _read(table: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    versions: frozenset[str] = frozenset()
    for line in table.splitlines():
        if line.startswith(" "):
            found |= dict.fromkeys(line.split(), versions)
        else:
            versions = frozenset(line.split())
    return found


GATES: Final = _read(_TABLE)
"""The versions whose kubelet lists a gate, by its name."""

VERSIONS: Final = sorted(frozenset[str]().union(*GATES.values()))
"""The versions that were asked, oldest first."""


def warning(gate: str, version: str) -> tuple[str, str] | None:
    """What to tell of a gate that no kubelet of about `version` lists, and what to do."""
    older = [each for each in VERSIONS if each <= version]
    newer = [each for each in VERSIONS if each >= version]
    if GATES.get(gate, frozenset()) & {*older[-1:], *newer[:1]}:
        return None
    close = difflib.get_close_matches(gate, GATES, n=1)
    hint = f"did you mean {close[0]}? " if close and gate not in GATES else ""
    what = f"is no alpha or beta gate of kubelet {version} known on {AS_OF}"
    return what, f"{hint}one that kubelet does not know keeps nodes from joining"
