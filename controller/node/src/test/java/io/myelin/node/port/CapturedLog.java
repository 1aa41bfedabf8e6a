package io.myelin.node.port;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** What a logger and those below it say at WARN or above while this is open; not printed. */
public final class CapturedLog extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final Logger logger;
  private final Level before;
  private final boolean additive;
  private final List<Appender<ILoggingEvent>> others = new ArrayList<>();
  private final List<String> lines = new CopyOnWriteArrayList<>();

  public CapturedLog(Class<?> of) {
    this(of.getName());
  }

  /**
   * @param name e.g. {@code org.slf4j.Logger.ROOT_LOGGER_NAME}
   */
  public CapturedLog(String name) {
    logger = (Logger) LoggerFactory.getLogger(name);
    before = logger.getLevel();
    additive = logger.isAdditive();
    logger.setLevel(Level.WARN);
    logger.setAdditive(false);
    logger.iteratorForAppenders().forEachRemaining(others::add);
    others.forEach(logger::detachAppender);
    start();
    logger.addAppender(this);
  }

  @Override
  protected void append(ILoggingEvent e) {
    String trace =
        e.getThrowableProxy() == null
            ? ""
            : "\n" + ThrowableProxyUtil.asString(e.getThrowableProxy());
    lines.add(e.getLevel() + " " + e.getLoggerName() + " " + e.getFormattedMessage() + trace);
  }

  /** So far: level, logger, message and, on further lines, the stack trace. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    others.forEach(logger::addAppender);
    logger.setLevel(before);
    logger.setAdditive(additive);
    stop();
  }
}
