package im.chancery.host.tigase.plugin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import tigase.kernel.beans.Bean;
import tigase.kernel.beans.Initializable;
import tigase.kernel.beans.Inject;
import tigase.kernel.beans.UnregisterAware;
import tigase.kernel.beans.config.ConfigField;
import tigase.kernel.core.Kernel;
import tigase.server.monitor.MonitorRuntime;
import tigase.sys.ShutdownHook;
import tigase.sys.TigaseRuntime;

/**
 * The plugin's root bean, which runs the engine. It is there only where config.tdsl has its block:
 * <pre>
 * chancery () {
 *     config = '/etc/chancery/chancery.yaml'
 * }
 * </pre>
 * Tigase makes it before it opens a port, since the filters need it. A Tigase that has the block never runs without the engine: if the engine can't
 * start, Tigase ends and says why.
 */
@Bean(name = ChanceryBean.NAME, parent = Kernel.class, active = false, exportable = true)
public class ChanceryBean implements Initializable, UnregisterAware {
    static final String NAME = "chancery";

    private static final Logger LOG = Logger.getLogger(ChanceryBean.class.getName());

    @ConfigField(desc = "Chancery's config file, by its absolute path")
    private String config;

    @Inject(bean = "kernel")
    private Kernel kernel;

    private final AtomicBoolean stopping = new AtomicBoolean();
    private Binding binding;

    /** Made by Tigase's kernel. */
    public ChanceryBean() {
    }

    /** The binding, once Tigase has initialised this bean. */
    Binding binding() {
        return binding;
    }

    /** The class of the binding, which the engine's loader has. */
    protected String bindingClass() {
        return "im.chancery.host.tigase.TigaseBinding";
    }

    @Override
    public void initialize() {
        try {
            Binding opened = open();
            MonitorRuntime.getMonitorRuntime().addShutdownHook(new Drain(opened, stopping));
            binding = opened;
        } catch (Throwable e) { // whatever it is, Tigase would go on without this bean
            LOG.log(Level.SEVERE, "Chancery can't start, so Tigase doesn't either", e);
            TigaseRuntime.getTigaseRuntime().shutdownTigase(new String[] {
                "Chancery can't start, so Tigase doesn't either:", String.valueOf(e.getMessage())});
        }
    }

    private Binding open() throws Exception {
        if (config == null || !Path.of(config).isAbsolute()) {
            throw new IOException("etc/config.tdsl: chancery: config: found " + (config == null ? "nothing" : "'" + config + "'")
                    + "; allowed: the absolute path of chancery.yaml");
        }
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        EngineLoader loader = EngineLoader.open();
        try {
            current.setContextClassLoader(loader); // libraries look for their services there, in the threads they start too
            Binding opened = (Binding) loader.loadClass(bindingClass()).getConstructor().newInstance();
            opened.start(Path.of(config), kernel);
            return opened;
        } finally {
            current.setContextClassLoader(before);
        }
    }

    /**
     * Tigase without the plugin would let everything through: a bean that is taken away while Tigase runs takes Tigase along. Doesn't return, since Tigase
     * would take the filters away next.
     *
     * @throws Error when the thread is interrupted, as Tigase does when it ends with threads of its own, for whose end it waits
     */
    @Override
    public void beforeUnregister() {
        if (binding == null || stopping.get()) {
            return;
        }
        Thread end = new Thread(() -> TigaseRuntime.getTigaseRuntime().shutdownTigase(new String[] {
            "Chancery is taken out of a running Tigase, so Tigase ends."}), "chancery-end"); // System.exit holds its thread, whatever interrupts it
        end.start();
        try {
            end.join();
        } catch (InterruptedException e) {
            throw new Error("Tigase ends", e); // after an exception Tigase would go on with the filters
        }
    }

    /** What is held when Tigase is asked to stop goes on first. */
    private record Drain(Binding binding, AtomicBoolean stopping) implements ShutdownHook {
        /**
         * Tigase runs all hooks at the same time, among them the one that takes its components down, but asks for their names before it
         * starts that one: so this is where they can still carry what is held.
         */
        @Override
        public String getName() {
            stopping.set(true);
            binding.drain();
            return "chancery-stop";
        }

        @Override
        public String shutdown() {
            binding.stop();
            return null;
        }
    }
}
