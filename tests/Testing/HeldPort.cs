using System.Net;
using System.Net.Sockets;

namespace StreamClips.Testing;

/// <summary>
/// A TCP port of 127.0.0.1 that stays the test's while nobody listens there: connections are refused, and the kernel gives the port to no one else.
/// Whoever knows it can listen there beside this (SO_REUSEADDR, as .NET and Node.js set it: socket(7)).
/// </summary>
public sealed class HeldPort : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <summary>Takes one.</summary>
    public HeldPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    /// <summary>Its number.</summary>
    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
