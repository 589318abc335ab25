using System.Globalization;
using System.Text.Json;

namespace StreamClips.Grpc.Tests.Pairs;

/// <summary>The probe service on @grpc/grpc-js: foreign/server.js.</summary>
public sealed class ForeignServer : IProbeServer
{
    private readonly NodeProgram _program;

    private ForeignServer(NodeProgram program, int port, WaitingCalls waiting)
    {
        _program = program;
        Waiting = waiting;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    public Uri Address { get; }

    public WaitingCalls Waiting { get; }

    public static async Task<ForeignServer> StartAsync()
    {
        var waiting = new WaitingCalls();
        var (program, ready) = await NodeProgram.StartAsync("server.js", line => Hear(line, waiting));
        return new ForeignServer(program, ready.GetProperty("port").GetInt32(), waiting);
    }

    /// <summary>Ends it as kill -9 does.</summary>
    public void Kill() => _program.Kill();

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private static void Hear(JsonElement line, WaitingCalls waiting)
    {
        if (line.TryGetProperty("waiting", out var began))
            waiting.SayBegan(began.GetString()!);
        else
            waiting.SayEnded(line.GetProperty("cancelled").GetString()!);
    }
}
