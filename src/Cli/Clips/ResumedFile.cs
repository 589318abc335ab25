using System.Buffers;
using System.Security.Cryptography;

namespace StreamClips.Cli.Clips;

/// <summary>
/// A file that is fetched into <c>NAME.part</c> and gets its name when it is whole, by its length and SHA-256. What was fetched before it was cut
/// short is used: the rest is asked for by a range request.
/// </summary>
/// <param name="path">Where it goes. A file that is there with this hash is left alone; one with another is replaced.</param>
/// <param name="size">Its length in bytes.</param>
/// <param name="sha256">Its SHA-256, lower-case hex.</param>
public sealed class ResumedFile(string path, long size, string sha256)
{
    private const int BufferBytes = 256 << 10;
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    /// <summary>Fetches it.</summary>
    /// <param name="open">Gives the bytes from an offset on, and from which on it does: a source without ranges begins at 0.</param>
    /// <param name="progress">Told how many bytes of how many are there.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellation">Stops; what is there is gone on from the next time.</param>
    /// <returns>Whether it was there already.</returns>
    /// <exception cref="CommandException">It cannot be fetched, or what came is not what was stored.</exception>
    public async Task<bool> FetchAsync(Func<long, CancellationToken, Task<(Stream Bytes, long From)>> open, Action<long, long> progress, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            if (File.Exists(path) && new FileInfo(path).Length == size && await HashAsync(path, cancellation) == sha256) return true;
            var part = path + ".part";
            var begun = File.Exists(part) ? new FileInfo(part).Length : 0;
            if (begun > size) begun = 0;
            if (begun < size) await AppendAsync(part, begun, open, progress, time, cancellation);
            if (await IsWholeAsync(part, cancellation)) return Publish(part);

            // What was there from before was of another file: once more from the start.
            if (begun == 0) throw Damaged(part);
            await AppendAsync(part, 0, open, progress, time, cancellation);
            return await IsWholeAsync(part, cancellation) ? Publish(part) : throw Damaged(part);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or HttpRequestException)
        {
            throw new CommandException($"{Path.GetFileName(path)} could not be fetched: {e.Message} What is there is used when you try again.");
        }
    }

    private async Task AppendAsync(
        string part, long begun, Func<long, CancellationToken, Task<(Stream Bytes, long From)>> open, Action<long, long> progress, TimeProvider time, CancellationToken cancellation)
    {
        var (bytes, from) = await open(begun, cancellation);
        await using var source = bytes;
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
        file.SetLength(from);
        file.Position = from;
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (true)
            {
                progress(file.Position, size);
                var read = await ReadAsync(source, buffer, time, cancellation);
                if (read == 0) break;
                if (file.Position + read > size) throw new IOException($"more than its {size} bytes came.");
                await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }

            if (file.Position < size) throw new IOException($"the connection ended after {file.Position} of {size} bytes.");
            file.Flush(flushToDisk: true);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<int> ReadAsync(Stream source, byte[] buffer, TimeProvider time, CancellationToken cancellation)
    {
        using var silence = new CancellationTokenSource(LongestSilence, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, silence.Token);
        try
        {
            return await source.ReadAsync(buffer, stop.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"nothing came for {LongestSilence.TotalSeconds:0} s.", e);
        }
    }

    private async Task<bool> IsWholeAsync(string part, CancellationToken cancellation) => new FileInfo(part).Length == size && await HashAsync(part, cancellation) == sha256;

    private bool Publish(string part)
    {
        File.Move(part, path, overwrite: true);
        return false;
    }

    private CommandException Damaged(string part)
    {
        File.Delete(part);
        return new($"{Path.GetFileName(path)} came with another SHA-256 than it was stored with: the storage's file is damaged, or something between changes it.");
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancellation)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, useAsync: true);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
    }
}
