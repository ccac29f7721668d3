package im.chancery.presence;

import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.config.TopicConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.HazelcastOverloadException;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.LocalMemberResetException;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperty;
import com.hazelcast.version.MemberVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's member of the Hazelcast cluster, stripped to what presence needs: a member list, failure detection, and one
 * topic of byte arrays. Everything else that Hazelcast offers on its port or on its own initiative is off.
 */
final class HazelcastMember {
    static final String TOPIC = "presence";

    /** The address to bind, whether or not an interface lists it (as none lists 127.0.0.2). */
    private static final String BIND_ADDRESS = "hazelcast.local.localAddress";
    private static final Logger LOG = LoggerFactory.getLogger(HazelcastMember.class);

    /**
     * Off: what talks to the outside, and what isn't used. Small: threads and partitions, for there is no data. Quick: joining,
     * noticing a closed socket, and looking for the other half of a split. A silent member is given 5 s: {@link PeerProtocol}
     * drops what it said after 3 s already, and a split by mistake costs more than waiting.
     */
    private static final Map<HazelcastProperty, String> PROPERTIES = Map.ofEntries(
            Map.entry(ClusterProperty.PHONE_HOME_ENABLED, "false"),
            Map.entry(ClusterProperty.SHUTDOWNHOOK_ENABLED, "false"),
            Map.entry(ClusterProperty.ENABLE_JMX, "false"),
            Map.entry(ClusterProperty.METRICS_ENABLED, "false"),
            Map.entry(ClusterProperty.HEALTH_MONITORING_LEVEL, "OFF"),
            Map.entry(ClusterProperty.SLOW_OPERATION_DETECTOR_ENABLED, "false"),
            Map.entry(ClusterProperty.DISCOVERY_SPI_ENABLED, "false"),
            Map.entry(ClusterProperty.LOGGING_TYPE, "slf4j"),
            Map.entry(ClusterProperty.LOGGING_ENABLE_DETAILS, "false"),
            Map.entry(ClusterProperty.SOCKET_BIND_ANY, "false"),
            Map.entry(ClusterProperty.SOCKET_SERVER_BIND_ANY, "false"),
            Map.entry(ClusterProperty.PARTITION_COUNT, "7"),
            Map.entry(ClusterProperty.PARTITION_OPERATION_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.GENERIC_OPERATION_THREAD_COUNT, "2"),
            Map.entry(ClusterProperty.PRIORITY_GENERIC_OPERATION_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.RESPONSE_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.IO_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.EVENT_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.EVENT_QUEUE_CAPACITY, "10000"),
            Map.entry(ClusterProperty.CLIENT_ENGINE_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.CLIENT_ENGINE_QUERY_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.CLIENT_ENGINE_BLOCKING_THREAD_COUNT, "1"),
            Map.entry(ClusterProperty.WAIT_SECONDS_BEFORE_JOIN, "0"),
            Map.entry(ClusterProperty.MAX_WAIT_SECONDS_BEFORE_JOIN, "2"),
            Map.entry(ClusterProperty.MAX_JOIN_SECONDS, "5"),
            Map.entry(ClusterProperty.TCP_JOIN_PORT_TRY_COUNT, "1"),
            Map.entry(ClusterProperty.HEARTBEAT_INTERVAL_SECONDS, "1"),
            Map.entry(ClusterProperty.MAX_NO_HEARTBEAT_SECONDS, "5"),
            Map.entry(ClusterProperty.MASTERSHIP_CLAIM_TIMEOUT_SECONDS, "3"),
            Map.entry(ClusterProperty.MEMBER_LIST_PUBLISH_INTERVAL_SECONDS, "5"),
            Map.entry(ClusterProperty.CONNECTION_MONITOR_INTERVAL, "100"),
            Map.entry(ClusterProperty.CONNECTION_MONITOR_MAX_FAULTS, "2"),
            Map.entry(ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS, "1"),
            Map.entry(ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS, "1"),
            Map.entry(ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT, "2"));

    /** What Hazelcast's members say of an operation that didn't go well, and what such an exception consists of. None of it does anything when it is read. */
    private static final List<Class<?>> EXCEPTIONS = List.of(
            HazelcastException.class, HazelcastInstanceNotActiveException.class, HazelcastOverloadException.class, IndeterminateOperationStateException.class,
            LocalMemberResetException.class, MemberLeftException.class, OperationTimeoutException.class,
            IOException.class, ExecutionException.class, TimeoutException.class, IllegalStateException.class, IllegalArgumentException.class,
            UnsupportedOperationException.class, NullPointerException.class, RuntimeException.class, Exception.class, Throwable.class,
            StackTraceElement.class, StackTraceElement[].class, ArrayList.class, UUID.class, MemberVersion.class);
    /** Of what is suppressed, as several versions of Java write it. */
    private static final String[] EMPTY_LISTS = {"java.util.CollSer", "java.util.Collections$EmptyList", "java.util.Collections$UnmodifiableRandomAccessList",
        "java.util.Collections$UnmodifiableList", "java.util.Collections$UnmodifiableCollection"};

    private HazelcastMember() {
    }

    /**
     * Binds the listening address and joins the members that answer, or starts alone where none does.
     *
     * @throws PresenceException where the address can't be bound
     */
    static HazelcastInstance open(PresenceConfig.Cluster cluster) throws PresenceException {
        InetAddress address = resolve(cluster.listen());
        logWhatHasNoInstanceYet();
        try {
            return Hazelcast.newHazelcastInstance(config(cluster, address));
        } catch (HazelcastException e) {
            throw new PresenceException("presence.cluster.listen: can't listen on " + cluster.listen()
                    + "; it must be a free address of this machine", e);
        } catch (IllegalStateException e) {
            LOG.warn("A member of the presence cluster takes connections and doesn't answer; starting without it");
            return openAlone(config(cluster, address));
        }
    }

    /**
     * Starts without looking for others. They are named afterwards, so that this member and those that answer later find each
     * other as the halves of a split do.
     */
    private static HazelcastInstance openAlone(Config config) {
        TcpIpConfig others = config.getAdvancedNetworkConfig().getJoin().getTcpIpConfig();
        List<String> members = List.copyOf(others.getMembers());
        others.setMembers(List.of());
        HazelcastInstance alone = Hazelcast.newHazelcastInstance(config);
        others.setMembers(members);
        return alone;
    }

    /** Hazelcast's static loggers, which speak before there is a config, look for this property in the system only. */
    private static void logWhatHasNoInstanceYet() {
        String property = ClusterProperty.LOGGING_TYPE.getName();
        if (System.getProperty(property) == null) {
            System.setProperty(property, PROPERTIES.get(ClusterProperty.LOGGING_TYPE));
        }
    }

    private static InetAddress resolve(MemberAddress listen) throws PresenceException {
        InetAddress address;
        try {
            address = InetAddress.getByName(listen.host());
        } catch (UnknownHostException e) {
            throw new PresenceException("presence.cluster.listen: nothing is known of the host of " + listen, e);
        }
        if (address.isAnyLocalAddress()) {
            throw new PresenceException("presence.cluster.listen: " + listen + " stands for every address of this machine; name one");
        }
        return address;
    }

    static Config config(PresenceConfig.Cluster cluster, InetAddress address) {
        Config config = new Config();
        config.setClusterName(MessageSeal.clusterName(cluster.secret(), cluster.name()));
        PROPERTIES.forEach((property, value) -> config.setProperty(property.getName(), value));
        config.setProperty(ClusterProperty.PREFER_IPv4_STACK.getName(), String.valueOf(address.getAddress().length == 4));
        config.setProperty(BIND_ADDRESS, address.getHostAddress());
        config.getJetConfig().setEnabled(false);
        config.getMetricsConfig().setEnabled(false);
        config.getManagementCenterConfig().setConsoleEnabled(false).setDataAccessEnabled(false).setScriptingEnabled(false);
        config.getSerializationConfig().setJavaSerializationFilterConfig(exceptionsOnly());
        config.addTopicConfig(new TopicConfig(TOPIC).setStatisticsEnabled(false));
        network(config, cluster);
        return config;
    }

    /** A socket for members only: with the advanced network config clients, REST and memcache have none. */
    private static void network(Config config, PresenceConfig.Cluster cluster) {
        ServerSocketEndpointConfig endpoint = new ServerSocketEndpointConfig();
        endpoint.setPort(cluster.listen().port()).setPortAutoIncrement(false).setPublicAddress(cluster.listen().toString());
        endpoint.setSocketConnectTimeoutSeconds(2);
        JoinConfig join = new JoinConfig();
        join.getMulticastConfig().setEnabled(false);
        join.getAutoDetectionConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setConnectionTimeoutSeconds(2).setMembers(others(cluster));
        config.getAdvancedNetworkConfig().setEnabled(true).setMemberEndpointConfig(endpoint).setJoin(join);
    }

    private static List<String> others(PresenceConfig.Cluster cluster) {
        return cluster.members().stream().filter(m -> !m.equals(cluster.listen())).map(MemberAddress::toString).toList();
    }

    /**
     * A filter of Java serialisation that lets nothing pass but the exceptions with which Hazelcast's members answer each other, and what those consist of. Who can't read that a
     * member doesn't know it yet, as may be for a moment after it has joined, doesn't ask again, but waits for two minutes and gives up.
     */
    private static JavaSerializationFilterConfig exceptionsOnly() {
        ClassFilter filter = new ClassFilter().addPrefixes("com.hazelcast.spi.exception.");
        EXCEPTIONS.forEach(allowed -> filter.addClasses(allowed.getName()));
        filter.addClasses(EMPTY_LISTS);
        return new JavaSerializationFilterConfig().setDefaultsDisabled(true).setWhitelist(filter);
    }
}
