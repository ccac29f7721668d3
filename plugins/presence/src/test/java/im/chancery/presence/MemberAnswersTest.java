package im.chancery.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.impl.MemberImpl;
import com.hazelcast.config.Config;
import com.hazelcast.config.SerializationConfig;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.core.IndeterminateOperationStateException;
import com.hazelcast.core.LocalMemberResetException;
import com.hazelcast.core.MemberLeftException;
import com.hazelcast.core.OperationTimeoutException;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.RetryableHazelcastException;
import com.hazelcast.spi.exception.RetryableIOException;
import com.hazelcast.spi.exception.TargetDisconnectedException;
import com.hazelcast.spi.exception.TargetNotMemberException;
import com.hazelcast.spi.exception.WrongTargetException;
import com.hazelcast.version.MemberVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Members answer with exceptions, after which most are asked again; who can't read one waits for two minutes, and its start fails. */
class MemberAnswersTest {
    static Stream<Throwable> answers() throws Exception {
        Member gone = new MemberImpl.Builder(new Address("127.0.0.1", 1)).uuid(UUID.randomUUID()).version(MemberVersion.of(5, 7, 0)).build();
        Throwable both = new RetryableHazelcastException("with a cause", new IOException("lost"));
        both.addSuppressed(new IllegalStateException("and more"));
        return Stream.of(new CallerNotMemberException("not a member yet"), new TargetNotMemberException("no member any more"), new WrongTargetException("somebody else's"),
                new RetryableIOException("again"), new TargetDisconnectedException("lost"), new HazelcastInstanceNotActiveException("is stopping"), new MemberLeftException(gone),
                new OperationTimeoutException("late"), new IndeterminateOperationStateException("unknown"), new LocalMemberResetException("merged"), both);
    }

    @ParameterizedTest
    @MethodSource("answers")
    void anAnswerShouldBeUnderstood(Throwable answer) throws Exception {
        assertThat(received(answer)).isExactlyInstanceOf(answer.getClass()).asInstanceOf(InstanceOfAssertFactories.THROWABLE).hasMessage(answer.getMessage());
    }

    /** Of what else might come none is read, in an exception's clothes neither. */
    @Test
    void nothingElseShouldBeRead() {
        Throwable carrier = new RetryableHazelcastException("with a stowaway", new java.util.NoSuchElementException("not listed"));
        for (Object other : List.of(new HashMap<>(Map.of("key", new StringBuilder("value"))), new StringBuilder("text"), carrier, Thread.State.NEW)) {
            assertThatThrownBy(() -> received(other)).hasRootCauseInstanceOf(SecurityException.class);
        }
    }

    private static Object received(Object sent) throws Exception {
        List<MemberAddress> addresses = List.of(new MemberAddress("127.0.0.1", 1));
        Config ours = HazelcastMember.config(new PresenceConfig.Cluster("test", addresses.get(0), addresses, Secrets.OURS), InetAddress.getByName("127.0.0.1"));
        InternalSerializationService any = serialization(new SerializationConfig());
        InternalSerializationService receiver = serialization(ours.getSerializationConfig());
        try {
            return receiver.toObject(any.toData(sent));
        } finally {
            any.dispose();
            receiver.dispose();
        }
    }

    private static InternalSerializationService serialization(SerializationConfig config) {
        return new DefaultSerializationServiceBuilder().setConfig(config).build();
    }
}
