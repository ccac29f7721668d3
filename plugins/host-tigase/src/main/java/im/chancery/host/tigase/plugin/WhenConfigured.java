package im.chancery.host.tigase.plugin;

import tigase.kernel.beans.BeanSelector;
import tigase.kernel.beans.config.AbstractBeanConfigurator;
import tigase.kernel.core.Kernel;

/** Lets the plugin's other beans be only where config.tdsl has an active {@code chancery () {}} block. */
public final class WhenConfigured implements BeanSelector {
    /** Made by Tigase's kernel. */
    public WhenConfigured() {
    }

    @Override
    @SuppressWarnings("rawtypes") // as Tigase declares it
    public boolean shouldRegister(Class type, Kernel kernel) {
        Object block = kernel.getInstance(AbstractBeanConfigurator.class).getProperties().get(ChanceryBean.NAME);
        return block instanceof AbstractBeanConfigurator.BeanDefinition definition && definition.isActive();
    }
}
