package io.myelin.node.tls;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority in a directory, for labs and tests: {@code ca.pem} and {@code ca.key},
 * and what it issued. ECDSA on P-256. Whoever can read the directory can be anybody.
 */
public final class LabAuthority {
  private static final Duration CA_LASTS = Duration.ofDays(3650);
  private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(5);
  private static final String SIGNATURE = "SHA256withECDSA";

  private final Path directory;
  private final PrivateKey key;
  private final X509Certificate certificate;

  private LabAuthority(Path directory, PrivateKey key, X509Certificate certificate) {
    this.directory = directory;
    this.key = key;
    this.certificate = certificate;
  }

  /**
   * Opens the authority of a directory, or makes one.
   *
   * @param domain for its name
   * @throws IOException naming the file that cannot be read or written
   */
  public static LabAuthority in(Path directory, String domain) throws IOException {
    Files.createDirectories(directory);
    Path cert = directory.resolve("ca.pem");
    Path secret = directory.resolve("ca.key");
    try {
      if (Files.exists(cert)) {
        return new LabAuthority(directory, readKey(secret), readCertificate(cert));
      }
      KeyPair pair = pair();
      X500Name name = new X500Name("CN=" + domain + " lab authority");
      X509v3CertificateBuilder b = builder(name, name, pair, CA_LASTS);
      b.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      b.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      X509Certificate made = sign(b, pair.getPrivate());
      writeKey(secret, pair.getPrivate());
      write(cert, made);
      return new LabAuthority(directory, pair.getPrivate(), made);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("the authority in " + directory + " cannot be used: " + e, e);
    }
  }

  /**
   * Issues a certificate with its key, as {@code NAME.pem} and {@code NAME.key}.
   *
   * @param names subject alternative names: {@code uri:…}, {@code dns:…}, {@code ip:…}, {@code
   *     email:…}
   * @param lasts from now
   */
  public TlsFiles issue(String name, List<String> names, Duration lasts) throws IOException {
    Path cert = directory.resolve(name + ".pem");
    Path secret = directory.resolve(name + ".key");
    try {
      KeyPair pair = pair();
      X500Name issuer = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
      X509v3CertificateBuilder b = builder(issuer, new X500Name("CN=" + name), pair, lasts);
      b.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      b.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      b.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      b.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate));
      b.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.stream().map(LabAuthority::general).toArray(GeneralName[]::new)));
      writeKey(secret, pair.getPrivate());
      write(cert, sign(b, key));
      return new TlsFiles(cert, secret, directory.resolve("ca.pem"));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("certificate " + name + " cannot be made: " + e, e);
    }
  }

  private static GeneralName general(String name) {
    String value = name.substring(name.indexOf(':') + 1);
    if (name.startsWith("uri:")) {
      return new GeneralName(GeneralName.uniformResourceIdentifier, value);
    } else if (name.startsWith("ip:")) {
      return new GeneralName(GeneralName.iPAddress, value);
    } else if (name.startsWith("email:")) {
      return new GeneralName(GeneralName.rfc822Name, value);
    }
    return new GeneralName(GeneralName.dNSName, value);
  }

  private static KeyPair pair() throws GeneralSecurityException {
    KeyPairGenerator g = KeyPairGenerator.getInstance("EC");
    g.initialize(new ECGenParameterSpec("secp256r1"));
    return g.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(
      X500Name issuer, X500Name subject, KeyPair pair, Duration lasts) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(127, new SecureRandom()),
        Date.from(now.minus(CLOCKS_DIFFER)),
        Date.from(now.plus(lasts)),
        subject,
        pair.getPublic());
  }

  private static X509Certificate sign(X509v3CertificateBuilder b, PrivateKey by)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(b.build(new JcaContentSignerBuilder(SIGNATURE).build(by)));
  }

  // ---- files -----------------------------------------------------------------------------------

  private static void write(Path file, X509Certificate c) throws IOException {
    Files.writeString(file, pem(c));
  }

  private static void writeKey(Path file, PrivateKey key) throws IOException {
    Files.deleteIfExists(file);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    Files.writeString(file, pem(new JcaPKCS8Generator(key, null).generate()));
  }

  private static String pem(Object o) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter out = new JcaPEMWriter(text)) {
      out.writeObject(o);
    }
    return text.toString();
  }

  private static PrivateKey readKey(Path file) throws IOException {
    try (PEMParser in = new PEMParser(new StringReader(Files.readString(file)))) {
      if (in.readObject() instanceof PrivateKeyInfo info) {
        return new JcaPEMKeyConverter().getPrivateKey(info);
      }
    }
    throw new IOException(file + " holds no PKCS #8 key");
  }

  private static X509Certificate readCertificate(Path file)
      throws IOException, GeneralSecurityException {
    try (java.io.InputStream in = Files.newInputStream(file)) {
      return (X509Certificate)
          java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** Names that certificates of roles have in a trust domain. */
  public static String spiffe(String domain, String path) {
    return "uri:spiffe://" + domain + "/" + path;
  }
}
