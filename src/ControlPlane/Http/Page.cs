using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace StreamClips.ControlPlane.Http;

/// <summary>A page of a list, newest first.</summary>
/// <param name="Items">The rows.</param>
/// <param name="Next">Give it as <c>cursor</c> for the page after; null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>Makes pages.</summary>
public static class Page
{
    /// <summary>Makes a page of rows that were read with one more than the page takes.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="limit">Rows on the page.</param>
    /// <param name="place">Where a row stands in the list.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> rows, int limit, Func<T, PageCursor> place) =>
        rows.Count <= limit ? new(rows, null) : new([.. rows.Take(limit)], place(rows[limit - 1]).ToString());
}

/// <summary>A place in a list that is ordered by time and then id, both falling.</summary>
/// <param name="At">The row's time.</param>
/// <param name="Id">The row's id.</param>
public sealed record PageCursor(DateTimeOffset At, string Id)
{
    /// <summary>Reads a cursor that was given out before; null where it is none.</summary>
    public static PageCursor? TryParse(string text)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 2);
            if (parts[1].Any(char.IsControl)) return null;
            return new PageCursor(new DateTimeOffset(long.Parse(parts[0], CultureInfo.InvariantCulture), TimeSpan.Zero), parts[1]);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{At.UtcTicks} {Id}"));
}
