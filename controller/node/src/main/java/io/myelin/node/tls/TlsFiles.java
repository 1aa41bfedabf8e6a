package io.myelin.node.tls;

import java.nio.file.Path;

/**
 * PEM files of a TLS identity.
 *
 * @param certificate chain, the own one first
 * @param key PKCS #8, not encrypted
 * @param trust certificates of authorities whose peers are believed
 */
public record TlsFiles(Path certificate, Path key, Path trust) {}
