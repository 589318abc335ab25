using System.Text.Json;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace StreamClips.ControlPlane.Http;

/// <summary>A column that a list may be sorted by.</summary>
/// <param name="Name">As the query names it.</param>
/// <param name="Sql">The column, or an expression that has an index; never null.</param>
/// <param name="Type">What its values are: string, DateTimeOffset, long or Guid.</param>
/// <param name="Value">A row's value.</param>
/// <param name="Parameter">The cursor's value as SQL compares it, where that is more than the value itself.</param>
public sealed record SortKey<T>(string Name, string Sql, Type Type, Func<T, object> Value, string Parameter);

/// <summary>Makes sort keys.</summary>
public static class SortKey
{
    private const string Given = "@SortValue";

    /// <summary>By a text.</summary>
    public static SortKey<T> Text<T>(string name, string sql, Func<T, string> value, string parameter = Given) => new(name, sql, typeof(string), value, parameter);

    /// <summary>By a time.</summary>
    public static SortKey<T> Time<T>(string name, string sql, Func<T, DateTimeOffset> value) => new(name, sql, typeof(DateTimeOffset), r => value(r), Given);

    /// <summary>By a whole number.</summary>
    public static SortKey<T> Number<T>(string name, string sql, Func<T, long> value) => new(name, sql, typeof(long), r => value(r), Given);

    /// <summary>By a number.</summary>
    public static SortKey<T> Real<T>(string name, string sql, Func<T, double> value) => new(name, sql, typeof(double), r => value(r), Given);

    /// <summary>By a UUID.</summary>
    public static SortKey<T> Id<T>(string name, string sql, Func<T, Guid> value) => new(name, sql, typeof(Guid), r => value(r), Given);
}

/// <summary>What a list may be asked: how sorted, filtered, cut, and continued. One of it a list, beside its routes; it reads requests and documents the route.</summary>
/// <typeparam name="T">A row as the store gives it.</typeparam>
public sealed record Listing<T>
{
    private const int DefaultLimit = 50;
    private const int LargestLimit = 500;

    /// <summary>What it may be sorted by; the first one where the request does not say.</summary>
    public required IReadOnlyList<SortKey<T>> Sorts { get; init; }

    /// <summary>Whether the order falls where the request does not say.</summary>
    public bool Falling { get; init; }

    /// <summary>What tells rows apart that are equal otherwise.</summary>
    public required SortKey<T> Id { get; init; }

    /// <summary>The list's own parameters.</summary>
    public IReadOnlyList<QueryParameter> Filters { get; init; } = [];

    /// <summary>What an item is on the wire: its members are what <c>fields</c> may name.</summary>
    public required Type Item { get; init; }

    /// <summary>All that the query may hold.</summary>
    public IReadOnlyList<QueryParameter> Parameters =>
    [
        .. Filters,
        QueryParameter.Whole("limit", $"Most items on a page; {DefaultLimit} where nothing is said.", 1, LargestLimit),
        QueryParameter.Text("cursor", "The `next` of an earlier page of the same order, as it was.", "WyJuYW1lIiwiYSIsIjEiXQ", ListCursor.Longest),
        QueryParameter.Word("sort", $"The order; with `-` before it a falling one. `{Name(Sorts[0], Falling)}` where nothing is said.", [.. Sorts.SelectMany(s => (string[])[s.Name, "-" + s.Name])]),
        new() { Name = "fields", Meaning = "Only these members of the items, with commas between them.", Type = QueryType.Words, Words = Fields, Example = string.Join(',', Fields.Take(2)) },
    ];

    /// <summary>Members of an item, as the wire names them.</summary>
    public IReadOnlyList<string> Fields => [.. Item.GetProperties().Where(p => !p.GetMethod!.IsStatic).Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))];

    /// <summary>Reads a request; its faults are in <see cref="ListRequest{T}.Query"/>.</summary>
    public ListRequest<T> Read(HttpRequest request)
    {
        var query = new QueryReader(request.Query, Parameters);
        var sort = query.Word("sort") ?? Name(Sorts[0], Falling);
        var key = Sorts.First(s => s.Name == sort.TrimStart('-'));
        var place = query.Text("cursor") is { } text ? Place(text, sort, key, query.Faults) : null;
        return new()
        {
            Query = query, Limit = (int)(query.Whole("limit") ?? DefaultLimit), Fields = query.Some("fields"), Sort = sort, Key = key, Id = Id,
            Order = ListOrder.Of(key, Id, sort.StartsWith('-'), place),
        };
    }

    private (object Value, object Id)? Place(string text, string sort, SortKey<T> key, Faults faults)
    {
        if (ListCursor.TryParse(text) is not { } cursor) faults.Add("cursor", $"cursor is '{text}': give the 'next' of an earlier page as it was");
        else if (cursor.Sort != sort) faults.Add("cursor", $"cursor is of a list that is sorted by '{cursor.Sort}', and this one is by '{sort}': begin again without a cursor, or sort as before");
        else if (ListCursor.Read(cursor.Value, key.Type) is { } value && ListCursor.Read(cursor.Id, Id.Type) is { } id) return (value, id);
        else faults.Add("cursor", $"cursor is '{text}': give the 'next' of an earlier page as it was");
        return null;
    }

    private static string Name(SortKey<T> key, bool falling) => falling ? "-" + key.Name : key.Name;
}

/// <summary>The order of a list, and where in it a page begins, as SQL. The texts are ours; what the request said is in the values.</summary>
/// <param name="After">Which rows come after the page before: a condition.</param>
/// <param name="By">What stands behind <c>order by</c>.</param>
/// <param name="SortValue">The value of <c>@SortValue</c>; null on the first page.</param>
/// <param name="SortId">The value of <c>@SortId</c>; null on the first page.</param>
public sealed record ListOrder(string After, string By, object? SortValue, object? SortId)
{
    /// <summary>Makes an order.</summary>
    public static ListOrder Of<T>(SortKey<T> key, SortKey<T> id, bool falling, (object Value, object Id)? place)
    {
        var direction = falling ? "desc" : "asc";
        var (unique, than) = (key.Sql == id.Sql, falling ? "<" : ">");
        var by = unique ? $"{id.Sql} {direction}" : $"{key.Sql} {direction}, {id.Sql} {direction}";
        if (place is not var (value, last)) return new("true", by, null, null);
        return new(unique ? $"{id.Sql} {than} @SortId" : $"({key.Sql}, {id.Sql}) {than} ({key.Parameter}, @SortId)", by, value, last);
    }
}

/// <summary>What a request asks of a list.</summary>
public sealed record ListRequest<T>
{
    /// <summary>The query, for the list's own parameters, and the faults of all.</summary>
    public required QueryReader Query { get; init; }

    /// <summary>Items on the page. The store is asked for one more, which tells whether there is another page.</summary>
    public required int Limit { get; init; }

    /// <summary>Members that are wanted; none: all.</summary>
    public required IReadOnlyList<string> Fields { get; init; }

    /// <summary>The order, as the query names it.</summary>
    public required string Sort { get; init; }

    /// <summary>What it is sorted by.</summary>
    public required SortKey<T> Key { get; init; }

    /// <summary>What tells rows apart.</summary>
    public required SortKey<T> Id { get; init; }

    /// <summary>The order for the store.</summary>
    public required ListOrder Order { get; init; }

    /// <summary>The place after a row.</summary>
    public string CursorOf(T row) => new ListCursor(Sort, ListCursor.Write(Key.Value(row)), ListCursor.Write(Id.Value(row))).ToString();

    /// <summary>The page.</summary>
    /// <param name="rows">What the store gave for <see cref="Limit"/> and one more.</param>
    /// <param name="view">A row as the wire has it.</param>
    public IResult Answer<TView>(IReadOnlyList<T> rows, Func<T, TView> view)
    {
        var next = rows.Count <= Limit ? null : CursorOf(rows[Limit - 1]);
        var page = new Page<TView>([.. rows.Take(Limit).Select(view)], next);
        return Fields.Count == 0 ? Results.Ok(page) : new SomeFields<TView>(page, Fields);
    }

    /// <summary>The page of a list that is short by its nature, and was read whole.</summary>
    public IResult AnswerOf<TView>(IEnumerable<T> all, Func<T, TView> view)
    {
        var order = Comparer<T>.Create((a, b) => Compare(a, Key.Value(b), Id.Value(b)));
        var rows = Falling ? all.OrderDescending(order) : all.Order(order);
        return Answer([.. (Order.SortValue is { } value ? rows.SkipWhile(r => Compare(r, value, Order.SortId!) * (Falling ? -1 : 1) <= 0) : rows).Take(Limit + 1)], view);
    }

    private bool Falling => Sort.StartsWith('-');

    private int Compare(T row, object value, object id) =>
        Comparer<object>.Default.Compare(Key.Value(row), value) is not 0 and var first ? first : Comparer<object>.Default.Compare(Id.Value(row), id);
}

/// <summary>A page whose items have some of their members.</summary>
internal sealed class SomeFields<T>(Page<T> page, IReadOnlyList<string> fields) : IResult
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var json = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var items = page.Items.Select(item =>
        {
            var whole = JsonSerializer.SerializeToNode(item, json)!.AsObject();
            foreach (var name in whole.Select(m => m.Key).Except(fields).ToList()) whole.Remove(name);
            return whole;
        });
        return Results.Ok(new { Items = items.ToList(), page.Next }).ExecuteAsync(httpContext);
    }
}
