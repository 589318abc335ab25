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

/// <summary>The query parameters that lists share.</summary>
public static class PageQuery
{
    /// <summary>Rows on a page where the request does not say.</summary>
    public const int DefaultLimit = 50;

    /// <summary>Most rows on a page.</summary>
    public const int MaxLimit = 500;

    /// <summary>Reads <c>limit</c> (1 to 500).</summary>
    public static int Limit(IQueryCollection query, Faults faults)
    {
        if (!query.TryGetValue("limit", out var text) || text.ToString().Length == 0) return DefaultLimit;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MaxLimit) return limit;
        faults.Add("limit", $"limit is '{text}': give 1 to {MaxLimit}");
        return DefaultLimit;
    }

    /// <summary>Reads <c>cursor</c>.</summary>
    /// <param name="query">The request's query.</param>
    /// <param name="faults">Where a fault goes.</param>
    /// <param name="isId">Whether a cursor's id is one of this list's.</param>
    public static PageCursor? Cursor(IQueryCollection query, Faults faults, Func<string, bool> isId)
    {
        if (!query.TryGetValue("cursor", out var text) || text.ToString().Length == 0) return null;
        if (PageCursor.TryParse(text.ToString()) is { } cursor && isId(cursor.Id)) return cursor;
        faults.Add("cursor", $"cursor is '{text}': give the 'next' of an earlier page as it was");
        return null;
    }

    /// <summary>Reads a yes or no; absent: no.</summary>
    public static bool Flag(IQueryCollection query, string name, Faults faults)
    {
        if (query[name].ToString() is not ("true" or "false" or "") and var text) faults.Add(name, $"{name} is '{text}': give true or false");
        return query[name] == "true";
    }

    /// <summary>Reads a UUID.</summary>
    public static Guid? Id(IQueryCollection query, string name, Faults faults)
    {
        if (!query.TryGetValue(name, out var text) || text.ToString().Length == 0) return null;
        if (Guid.TryParse(text, out var id)) return id;
        faults.Add(name, $"{name} is '{text}': give an id (a UUID)");
        return null;
    }

    /// <summary>Reads a time.</summary>
    public static DateTimeOffset? Time(IQueryCollection query, string name, Faults faults)
    {
        if (!query.TryGetValue(name, out var text) || text.ToString().Length == 0) return null;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)) return at;
        faults.Add(name, $"{name} is '{text}': give a time as 2026-01-31T12:00:00Z");
        return null;
    }
}
