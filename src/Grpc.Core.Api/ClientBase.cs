namespace Grpc.Core;

/// <summary>A connection, or several, to one server; the client library derives from it.</summary>
public abstract class ChannelBase
{
    /// <summary>A channel to a target.</summary>
    /// <param name="target">Where it leads, as <c>127.0.0.1:5001</c>.</param>
    protected ChannelBase(string target) => Target = target;

    /// <summary>Where it leads.</summary>
    public string Target { get; }

    /// <summary>What starts calls on this channel.</summary>
    public abstract CallInvoker CreateCallInvoker();
}

/// <summary>The base of generated clients.</summary>
public abstract class ClientBase
{
    /// <summary>A client without a channel, for test doubles that override every call.</summary>
    protected ClientBase()
        : this(new UnconnectedCallInvoker())
    {
    }

    /// <summary>A client on a channel.</summary>
    /// <param name="channel">The channel.</param>
    protected ClientBase(ChannelBase channel)
        : this(channel.CreateCallInvoker())
    {
    }

    /// <summary>A client on an invoker, which may be an intercepted one.</summary>
    /// <param name="callInvoker">The invoker.</param>
    protected ClientBase(CallInvoker callInvoker) => CallInvoker = callInvoker;

    /// <summary>A client of a configuration; generated constructors name it.</summary>
    /// <param name="configuration">The configuration.</param>
    protected ClientBase(ClientBaseConfiguration configuration)
        : this(configuration.CallInvoker)
    {
    }

    /// <summary>What starts this client's calls.</summary>
    protected CallInvoker CallInvoker { get; }

    /// <summary>How a client is made again from another; opaque.</summary>
    protected internal class ClientBaseConfiguration
    {
        internal ClientBaseConfiguration(CallInvoker callInvoker) => CallInvoker = callInvoker;

        internal CallInvoker CallInvoker { get; }
    }
}

/// <summary>The base of generated clients, with their own type.</summary>
/// <typeparam name="T">The generated client.</typeparam>
public abstract class ClientBase<T> : ClientBase
    where T : ClientBase<T>
{
    /// <summary>A client without a channel, for test doubles that override every call.</summary>
    protected ClientBase()
    {
    }

    /// <summary>A client on a channel.</summary>
    /// <param name="channel">The channel.</param>
    protected ClientBase(ChannelBase channel)
        : base(channel)
    {
    }

    /// <summary>A client on an invoker, which may be an intercepted one.</summary>
    /// <param name="callInvoker">The invoker.</param>
    protected ClientBase(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }

    /// <summary>A client of a configuration.</summary>
    /// <param name="configuration">The configuration.</param>
    protected ClientBase(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    /// <summary>Makes another client of the same type; generated code implements it.</summary>
    /// <param name="configuration">The configuration.</param>
    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}
