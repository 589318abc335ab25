using System.Text.Json;
using System.Text.Json.Serialization;

namespace StreamClips.ClipWorker.Recording;

/// <summary>
/// The segments' facts in a file beside their bytes, so that a worker that was killed goes on with what it held and with what
/// can still be fetched. A line a segment, readable by nobody else, as addresses carry signatures. What cannot be written is no
/// fault: it only matters after a crash. One thread.
/// </summary>
/// <param name="directory">The ring's directory.</param>
internal sealed class RingLog(string directory)
{
    // Written anew without what is forgotten when it has grown so far.
    private const int MaxLines = 2000;
    private const int MaxBytes = 8 << 20;

    private readonly string _path = Path.Combine(directory, "segments.ndjson");
    private int _lines;

    /// <summary>What an earlier run wrote, oldest first; damaged lines are passed over.</summary>
    public IReadOnlyList<LoggedSegment> Read()
    {
        try
        {
            if (!File.Exists(_path) || new FileInfo(_path).Length > MaxBytes) return [];
            var read = new List<LoggedSegment>();
            foreach (var line in File.ReadLines(_path))
                if (TryParse(line) is { } logged && (read.Count == 0 || logged.Segment.Number > read[^1].Segment.Number)) read.Add(logged);
            _lines = EndsWithLine() ? read.Count : 0;
            return read;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Adds what is new.</summary>
    /// <param name="added">The new segments.</param>
    /// <param name="format">What their pictures are like.</param>
    /// <param name="playlist">How long the playlist is that they came in.</param>
    /// <param name="all">Gives all that is remembered.</param>
    public void Append(IReadOnlyList<IndexedSegment> added, string format, TimeSpan playlist, Func<IReadOnlyList<IndexedSegment>> all)
    {
        if (added.Count == 0) return;
        var anew = _lines + added.Count > MaxLines || _lines == 0;
        var segments = anew ? all() : added;
        try
        {
            using var file = new FileStream(anew ? _path + ".part" : _path, new FileStreamOptions
            {
                Mode = anew ? FileMode.Create : FileMode.Append,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            using var lines = new MemoryStream();
            foreach (var segment in segments)
            {
                JsonSerializer.Serialize(lines, new LoggedSegment(segment, format, playlist), RingJson.Default.LoggedSegment);
                lines.WriteByte((byte)'\n');
            }

            file.Write(lines.GetBuffer().AsSpan(0, (int)lines.Length));
            if (anew) File.Move(_path + ".part", _path, overwrite: true);
            _lines = anew ? segments.Count : _lines + segments.Count;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _lines = 0; // A torn line may be at its end.
        }
    }

    // A line that a killed worker did not finish would swallow the one behind it.
    private bool EndsWithLine()
    {
        using var file = File.OpenRead(_path);
        if (file.Length == 0) return false;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    private static LoggedSegment? TryParse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RingJson.Default.LoggedSegment) is { Segment.Uri: not null, Format: not null } logged ? logged : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A segment of an earlier run.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Format">What its pictures are like.</param>
/// <param name="Playlist">How long the playlist was that it came in, as far as is known.</param>
internal sealed record LoggedSegment(IndexedSegment Segment, string Format, TimeSpan Playlist = default);

/// <summary>Serialisation of the log, made at build time.</summary>
[JsonSerializable(typeof(LoggedSegment))]
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class RingJson : JsonSerializerContext;
