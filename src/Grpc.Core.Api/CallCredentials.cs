namespace Grpc.Core;

/// <summary>Adds metadata to a call before it is sent, as a bearer token.</summary>
/// <param name="context">The call.</param>
/// <param name="metadata">Where to add.</param>
public delegate Task AsyncAuthInterceptor(AuthInterceptorContext context, Metadata metadata);

/// <summary>The call that an <see cref="AsyncAuthInterceptor"/> adds to.</summary>
public class AuthInterceptorContext
{
    /// <summary>Describes a call.</summary>
    /// <param name="serviceUrl">The service's address.</param>
    /// <param name="methodName">The method's own name.</param>
    /// <param name="cancellationToken">Ends with the call.</param>
    public AuthInterceptorContext(string serviceUrl, string methodName, CancellationToken cancellationToken)
    {
        ServiceUrl = serviceUrl;
        MethodName = methodName;
        CancellationToken = cancellationToken;
    }

    /// <summary>The service's address.</summary>
    public string ServiceUrl { get; }

    /// <summary>The method's own name.</summary>
    public string MethodName { get; }

    /// <summary>Ends with the call.</summary>
    public CancellationToken CancellationToken { get; }
}

/// <summary>Credentials that travel with a call, as metadata.</summary>
public abstract class CallCredentials
{
    /// <summary>Several credentials, which all add their metadata in this order.</summary>
    /// <param name="credentials">The credentials.</param>
    public static CallCredentials Compose(params CallCredentials[] credentials) => new Composed([.. credentials]);

    /// <summary>Credentials of a function.</summary>
    /// <param name="interceptor">Adds the metadata.</param>
    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) => new Intercepting(interceptor);

    /// <summary>Tells the client library what these credentials are; for that library only.</summary>
    /// <param name="configurator">The library's end.</param>
    /// <param name="state">The library's state, handed through.</param>
    public abstract void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state);

    private sealed class Intercepting(AsyncAuthInterceptor interceptor) : CallCredentials
    {
        public override void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetAsyncAuthInterceptorCredentials(state, interceptor);
    }

    private sealed class Composed(IReadOnlyList<CallCredentials> credentials) : CallCredentials
    {
        public override void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object? state) =>
            configurator.SetCompositeCredentials(state, credentials);
    }
}

/// <summary>The client library's end of <see cref="CallCredentials.InternalPopulateConfiguration"/>.</summary>
public abstract class CallCredentialsConfiguratorBase
{
    /// <summary>The credentials are several.</summary>
    /// <param name="state">The library's state.</param>
    /// <param name="credentials">The credentials.</param>
    public abstract void SetCompositeCredentials(object? state, IReadOnlyList<CallCredentials> credentials);

    /// <summary>The credentials are a function.</summary>
    /// <param name="state">The library's state.</param>
    /// <param name="interceptor">The function.</param>
    public abstract void SetAsyncAuthInterceptorCredentials(object? state, AsyncAuthInterceptor interceptor);
}
