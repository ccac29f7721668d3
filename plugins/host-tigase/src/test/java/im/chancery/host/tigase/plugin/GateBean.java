package im.chancery.host.tigase.plugin;

/** The plugin's bean for tests that want another gate than the engine's: config.tdsl names this class for {@code chancery}. */
public final class GateBean extends ChanceryBean {
    /** Made by Tigase's kernel. */
    public GateBean() {
    }

    @Override
    protected String bindingClass() {
        return "im.chancery.host.tigase.GateBinding";
    }
}
