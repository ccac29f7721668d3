package im.chancery.host.tigase;

import im.chancery.core.Gate;
import im.chancery.engine.Engine;
import java.util.ServiceLoader;

/** Asks the gate that {@link ServiceLoader} finds among the engine's jars, in the engine's stead. */
public final class GateBinding extends TigaseBinding {
    /** Made by the bean. */
    public GateBinding() {
    }

    @Override
    protected Gate gate(Engine started) {
        return ServiceLoader.load(Gate.class, getClass().getClassLoader()).findFirst()
                .orElseThrow(() -> new IllegalStateException("no jar of the tests brings a gate"));
    }
}
