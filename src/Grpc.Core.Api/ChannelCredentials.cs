namespace Grpc.Core;

/// <summary>How a channel is secured. Certificates are set on the HTTP handler, not here.</summary>
public abstract class ChannelCredentials
{
    /// <summary>No TLS.</summary>
    public static ChannelCredentials Insecure { get; } = new InsecureCredentials();

    /// <summary>TLS.</summary>
    public static ChannelCredentials SecureSsl { get; } = new TlsCredentials();

    /// <summary>A secured channel whose every call carries credentials.</summary>
    /// <param name="channelCredentials">How the channel is secured.</param>
    /// <param name="callCredentials">What every call carries.</param>
    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
        new CompositeCredentials(channelCredentials, callCredentials);

    /// <summary>Tells the client library what these credentials are; for that library only.</summary>
    /// <param name="configurator">The library's end.</param>
    /// <param name="state">The library's state, handed through.</param>
    public abstract void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object? state);

    private sealed class InsecureCredentials : ChannelCredentials
    {
        public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetInsecureCredentials(state);
    }

    private sealed class TlsCredentials : ChannelCredentials
    {
        public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetSslCredentials(state, rootCertificates: null, keyCertificatePair: null, verifyPeerCallback: null);
    }

    private sealed class CompositeCredentials(ChannelCredentials channel, CallCredentials call) : ChannelCredentials
    {
        public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetCompositeCredentials(state, channel, call);
    }
}

/// <summary>The client library's end of <see cref="ChannelCredentials.InternalPopulateConfiguration"/>.</summary>
public abstract class ChannelCredentialsConfiguratorBase
{
    /// <summary>No TLS.</summary>
    /// <param name="state">The library's state.</param>
    public abstract void SetInsecureCredentials(object? state);

    /// <summary>TLS. The library takes no certificates this way: the last three are null.</summary>
    /// <param name="state">The library's state.</param>
    /// <param name="rootCertificates">Roots in PEM.</param>
    /// <param name="keyCertificatePair">The client's own certificate.</param>
    /// <param name="verifyPeerCallback">A check of the server.</param>
    public abstract void SetSslCredentials(
        object? state,
        string? rootCertificates,
        KeyCertificatePair? keyCertificatePair,
        VerifyPeerCallback? verifyPeerCallback);

    /// <summary>A secured channel whose every call carries credentials.</summary>
    /// <param name="state">The library's state.</param>
    /// <param name="channelCredentials">How the channel is secured.</param>
    /// <param name="callCredentials">What every call carries.</param>
    public abstract void SetCompositeCredentials(object? state, ChannelCredentials channelCredentials, CallCredentials callCredentials);
}

/// <summary>A type of the contract that nothing here makes: a certificate belongs on the HTTP handler.</summary>
public sealed class KeyCertificatePair
{
    private KeyCertificatePair()
    {
    }
}

/// <summary>A type of the contract that nothing here makes: a check of the server belongs on the HTTP handler.</summary>
/// <param name="context">The server's certificate.</param>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);

/// <summary>A type of the contract that nothing here makes; see <see cref="VerifyPeerCallback"/>.</summary>
public sealed class VerifyPeerContext
{
    private VerifyPeerContext()
    {
    }
}
