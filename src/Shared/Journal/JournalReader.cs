using System.Buffers;
using StreamClips.Shared.Workers;

namespace StreamClips.Shared.Journal;

/// <summary>How far a journal was read: so many bytes of the file of this number.</summary>
/// <param name="File">Number of the file, from 1.</param>
/// <param name="Offset">Bytes read of it.</param>
public readonly record struct JournalPosition(int File, long Offset) : IComparable<JournalPosition>
{
    /// <summary>The beginning of a journal.</summary>
    public static JournalPosition Start => new(1, 0);

    /// <inheritdoc/>
    public int CompareTo(JournalPosition other) => File != other.File ? File.CompareTo(other.File) : Offset.CompareTo(other.Offset);

    /// <summary>Whether the left position is before the right one.</summary>
    public static bool operator <(JournalPosition left, JournalPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left position is behind the right one.</summary>
    public static bool operator >(JournalPosition left, JournalPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left position is before the right one, or is it.</summary>
    public static bool operator <=(JournalPosition left, JournalPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left position is behind the right one, or is it.</summary>
    public static bool operator >=(JournalPosition left, JournalPosition right) => left.CompareTo(right) >= 0;
}

/// <summary>Whole lines of a journal, in order.</summary>
/// <param name="From">Where they begin.</param>
/// <param name="To">Where the next batch begins.</param>
/// <param name="Lines">The lines without their line ends; may be empty where only damage was passed over.</param>
/// <param name="Damaged">Lines that were passed over: torn by a crash, or too long.</param>
public sealed record JournalLines(JournalPosition From, JournalPosition To, IReadOnlyList<byte[]> Lines, int Damaged);

/// <summary>Reads a journal that its worker is still writing.</summary>
public static class JournalReader
{
    /// <summary>Longest line, its end included, in bytes; a longer one counts as damaged.</summary>
    public const int MaxLineBytes = 64 << 10;

    /// <summary>
    /// The next lines behind a position. A line without its end is left for the next call while it may still be
    /// written to: as long as there is no later file.
    /// </summary>
    /// <param name="directory">The worker's directory.</param>
    /// <param name="from">Where to begin. A file that is gone was read to its end before.</param>
    /// <param name="maxLines">At most so many lines, at least 1.</param>
    /// <param name="maxBytes">At most so many bytes, at least <see cref="MaxLineBytes"/>.</param>
    /// <param name="only">What the wanted lines begin with; others are passed over and cost next to nothing. Null: all are wanted.</param>
    /// <returns>The lines, or null where there is nothing new.</returns>
    /// <exception cref="IOException">A file that is there cannot be read.</exception>
    public static JournalLines? Read(WorkerDirectory directory, JournalPosition from, int maxLines = 500, int maxBytes = 256 << 10, byte[]? only = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLines, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, MaxLineBytes);
        var lines = new List<byte[]>();
        var damaged = 0;
        var at = from;
        var files = directory.JournalFiles();
        foreach (var number in files.Where(n => n >= from.File))
        {
            if (number > at.File) at = new(number, 0);
            var finished = number < files[^1];
            var buffer = ArrayPool<byte>.Shared.Rent(maxBytes + 1);
            var (atEnd, read, torn) = (false, 0, 0);
            try
            {
                var bytes = ReadBytes(directory.JournalFile(number), at.Offset, buffer.AsSpan(0, maxBytes + 1), out atEnd, out var midLine);
                (read, torn) = TakeLines(bytes, midLine, finished && atEnd, maxLines, only, lines);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            at = at with { Offset = at.Offset + read };
            damaged += torn;
            maxBytes -= read;
            if (lines.Count >= maxLines || maxBytes < MaxLineBytes || !finished || !atEnd) break;
        }

        return at == from ? null : new JournalLines(from, at, lines, damaged);
    }

    /// <param name="path">The file.</param>
    /// <param name="offset">Where to begin; behind the end of a file that lost its end in a power cut.</param>
    /// <param name="buffer">Where they are put; its first byte is for the one before them.</param>
    /// <param name="atEnd">Nothing lies behind the bytes.</param>
    /// <param name="midLine">The bytes begin in the middle of a line: one that was too long, so its beginning was passed over.</param>
    private static ReadOnlySpan<byte> ReadBytes(string path, long offset, Span<byte> buffer, out bool atEnd, out bool midLine)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        (atEnd, midLine) = (true, false);
        if (length <= offset) return [];
        var before = offset > 0 ? 1 : 0;
        var wanted = buffer[..(before + (int)Math.Min(length - offset, buffer.Length - 1))];
        var read = 0;
        while (read < wanted.Length && RandomAccess.Read(file, wanted[read..], offset - before + read) is > 0 and var more) read += more;
        atEnd = offset - before + read >= length;
        midLine = before == 1 && buffer[0] != (byte)'\n';
        return wanted[Math.Min(before, read)..read];
    }

    /// <param name="rest">Bytes of one file.</param>
    /// <param name="midLine">They begin with the rest of a line whose beginning was passed over.</param>
    /// <param name="final">Nothing will be written behind them, so a last line without its end is torn.</param>
    /// <param name="maxLines">The most that <paramref name="lines"/> may hold.</param>
    /// <param name="only">What the wanted lines begin with.</param>
    /// <param name="lines">Where whole lines go.</param>
    private static (int Read, int Damaged) TakeLines(ReadOnlySpan<byte> rest, bool midLine, bool final, int maxLines, ReadOnlySpan<byte> only, List<byte[]> lines)
    {
        var (read, damaged) = (0, 0);
        while (rest.Length > 0 && lines.Count < maxLines)
        {
            var end = rest.IndexOf((byte)'\n');
            if (end < 0 && !final && !midLine && rest.Length < MaxLineBytes) break;
            var taken = end < 0 ? rest.Length : end + 1;
            var tooLong = taken > MaxLineBytes || end < 0;
            if (!midLine && tooLong) damaged++;
            else if (!midLine && end > 0 && rest[..end].StartsWith(only)) lines.Add(rest[..end].ToArray());
            midLine = false;
            read += taken;
            rest = rest[taken..];
        }

        return (read, damaged);
    }
}
