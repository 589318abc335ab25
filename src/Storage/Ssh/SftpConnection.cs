using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace StreamClips.Storage.Ssh;

/// <summary>
/// One connection to a server's SFTP subsystem. Any number of requests is under way at once, told apart by their numbers, so that one
/// connection serves all uploads and viewers. When it breaks, every request that waits fails with the reason.
/// </summary>
internal sealed class SftpConnection : IAsyncDisposable
{
    private const uint Version = 3;
    private const int MostReplyBytes = 256 << 10;
    private const int MostWords = 32 << 10;

    private readonly SshOptions _options;
    private readonly Process _process;
    private readonly Stream _input;
    private readonly TimeProvider _clock;
    private readonly ITimer _watch;
    private readonly ConcurrentDictionary<uint, TaskCompletionSource<SftpReply>> _waiting = new();
    // Never disposed, as it holds nothing: who waits for it while the connection is given up must learn of that.
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TaskCompletionSource<SftpReply> _version = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task<string> _words;
    private readonly Task _reading;
    private readonly HashSet<string> _extensions = [];
    private string? _end;
    private uint _last;
    private long _heardAt;

    private SftpConnection(SshOptions options, Process process, TimeProvider clock)
    {
        (_options, _process, _input, _clock) = (options, process, process.StandardInput.BaseStream, clock);
        _heardAt = clock.GetTimestamp();
        _words = ReadWordsAsync();
        _reading = ReadRepliesAsync();
        _watch = clock.CreateTimer(_ => Watch(), null, options.AnswerTimeout / 4, options.AnswerTimeout / 4);
    }

    /// <summary>Whether it can still be used.</summary>
    public bool IsOpen => _end is null;

    /// <summary>Connects.</summary>
    /// <exception cref="IOException">There is no connection; the reason is for people.</exception>
    public static async Task<SftpConnection> OpenAsync(SshOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        var connection = new SftpConnection(options, new SshClient(options).Start(), clock);
        try
        {
            await connection.WriteAsync(new SftpRequest(SftpType.Init, Version).ToPacket(), cancellation);
            var version = await connection._version.Task.WaitAsync(options.ConnectTimeout, clock, cancellation);
            if (version.Number() < Version) throw new IOException($"{options.Address} speaks an SFTP that is older than version {Version}");
            while (!version.IsEmpty)
            {
                connection._extensions.Add(version.Text());
                version.Text();
            }

            return connection;
        }
        catch (TimeoutException e)
        {
            await connection.DisposeAsync();
            throw new IOException($"{options.Address} did not let us in within {options.ConnectTimeout.TotalSeconds:0} s", e);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the server offers an extension.</summary>
    public bool Offers(string extension) => _extensions.Contains(extension);

    /// <summary>Sends a request.</summary>
    /// <returns>Once it is on its way: what becomes of it.</returns>
    /// <exception cref="IOException">The connection is gone.</exception>
    public async Task<Task<SftpReply>> SendAsync(SftpType type, Action<SftpRequest> write, CancellationToken cancellation)
    {
        var id = Interlocked.Increment(ref _last);
        var waits = new TaskCompletionSource<SftpReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        // Whoever sent it may have given up: its fault is then nobody's.
        _ = waits.Task.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        var request = new SftpRequest(type, id);
        write(request);
        if (_waiting.IsEmpty) Interlocked.Exchange(ref _heardAt, _clock.GetTimestamp());
        _waiting[id] = waits;
        try
        {
            await WriteAsync(request.ToPacket(), cancellation);
            // It may have ended just before the request was among those that wait.
            if (_end is { } end) Fail(end);
            return waits.Task;
        }
        catch
        {
            // Nobody will answer it.
            _waiting.TryRemove(id, out _);
            throw;
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="SftpException">The server refuses it.</exception>
    /// <exception cref="IOException">The connection is gone.</exception>
    public async Task<SftpReply> AskAsync(string what, SftpType type, Action<SftpRequest> write, CancellationToken cancellation) =>
        Check(await (await SendAsync(type, write, cancellation)).WaitAsync(cancellation), what);

    /// <summary>An answer that is no refusal.</summary>
    /// <exception cref="SftpException">It is one.</exception>
    public static SftpReply Check(SftpReply reply, string what)
    {
        if (reply.Type != SftpType.Status) return reply;
        var status = (SftpStatus)reply.Number();
        if (status == SftpStatus.Ok) return reply;
        var said = reply.IsEmpty ? "" : reply.Text();
        throw new SftpException(status, $"{what}: the server answers '{(said.Length is 0 or > 200 ? status.ToString() : said)}'");
    }

    /// <summary>Ends it at once.</summary>
    /// <param name="reason">Why, for those whose requests wait.</param>
    public void Kill(string reason = "the connection was closed")
    {
        End(reason);
        try
        {
            if (!_process.HasExited) _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await _watch.DisposeAsync();
        await _reading;
        await _process.WaitForExitAsync();
        _process.Dispose();
        await _input.DisposeAsync();
    }

    private void Watch()
    {
        if (_end is not null || _waiting.IsEmpty || _clock.GetElapsedTime(Interlocked.Read(ref _heardAt)) < _options.AnswerTimeout) return;
        Kill($"{_options.Address} has answered nothing for {_options.AnswerTimeout.TotalSeconds:0} s though the connection stands: check the disk behind its SFTP server");
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> packet, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            // Others may hold it still when it has been given up.
            if (_end is { } end) throw new IOException(end);
            // Not cancelled: half a packet would spoil the connection for all. A server that takes nothing is given up by the client.
            await _input.WriteAsync(packet, CancellationToken.None);
            await _input.FlushAsync(CancellationToken.None);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            await _reading;
            throw new IOException(_end, e);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadRepliesAsync()
    {
        // Off the thread of whoever connects.
        await Task.Yield();
        var end = "";
        try
        {
            var head = new byte[4];
            while (await _process.StandardOutput.BaseStream.ReadAtLeastAsync(head, 4, throwOnEndOfStream: false) == 4)
            {
                var length = BinaryPrimitives.ReadUInt32BigEndian(head);
                if (length is < 5 or > MostReplyBytes)
                {
                    end = $"{_options.Address} does not speak SFTP but prints something at log-in: its shell's start-up files must be silent";
                    break;
                }

                var body = new byte[length];
                await _process.StandardOutput.BaseStream.ReadExactlyAsync(body);
                Take(body);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The client is gone; what it said tells why.
        }

        if (end.Length == 0)
        {
            // It may only have closed its output.
            if (_end is null) _process.Kill();
            end = SshFault.Explain(await _words, _options);
        }

        End(end);
    }

    private void Take(byte[] body)
    {
        Interlocked.Exchange(ref _heardAt, _clock.GetTimestamp());
        var type = (SftpType)body[0];
        if (type == SftpType.Version)
        {
            _version.TrySetResult(new(type, body.AsMemory(1)));
            return;
        }

        var id = BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1));
        if (_waiting.TryRemove(id, out var waits)) waits.TrySetResult(new(type, body.AsMemory(5)));
    }

    /// <summary>The last of what the client says.</summary>
    private async Task<string> ReadWordsAsync()
    {
        var words = new StringBuilder();
        var buffer = new char[4096];
        try
        {
            while (await _process.StandardError.ReadAsync(buffer) is > 0 and var read)
            {
                words.Append(buffer, 0, read);
                if (words.Length > MostWords) words.Remove(0, words.Length - MostWords);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // What was said so far is what there is.
        }

        return words.ToString();
    }

    private void End(string reason)
    {
        Interlocked.CompareExchange(ref _end, reason, null);
        Fail(_end);
    }

    private void Fail(string reason)
    {
        _version.TrySetException(new IOException(reason));
        _ = _version.Task.Exception;
        foreach (var id in _waiting.Keys)
            if (_waiting.TryRemove(id, out var waits)) waits.TrySetException(new IOException(reason));
    }
}
