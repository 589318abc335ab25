using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace StreamClips.ControlPlane.Http.OpenApi;

/// <summary>Parameters as the document has them.</summary>
internal static class ParameterDocument
{
    /// <summary>A parameter of the query.</summary>
    public static OpenApiParameter Of(QueryParameter parameter) => new()
    {
        Name = parameter.Name, In = ParameterLocation.Query, Description = parameter.Meaning, Schema = Schema(parameter), Example = Example(parameter),
        // Some words are one text with commas between them.
        Style = parameter.Type == QueryType.Words ? ParameterStyle.Form : null, Explode = parameter.Type != QueryType.Words,
    };

    /// <summary>A header.</summary>
    public static OpenApiParameter Header(string name, string meaning, string example, int longest) => new()
    {
        Name = name, In = ParameterLocation.Header, Description = meaning, Example = example,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = longest },
    };

    private static OpenApiSchema Schema(QueryParameter parameter) => parameter.Type switch
    {
        QueryType.Flag => new() { Type = JsonSchemaType.Boolean },
        QueryType.Whole => Bounded(JsonSchemaType.Integer, parameter),
        QueryType.Number => Bounded(JsonSchemaType.Number, parameter),
        QueryType.Id => new() { Type = JsonSchemaType.String, Format = "uuid" },
        QueryType.Time => new() { Type = JsonSchemaType.String, Format = "date-time" },
        QueryType.Word => Words(parameter),
        QueryType.Words => new() { Type = JsonSchemaType.Array, Items = Words(parameter) },
        _ => new() { Type = JsonSchemaType.String, MaxLength = (int)parameter.Most },
    };

    private static OpenApiSchema Bounded(JsonSchemaType type, QueryParameter parameter) => new()
    {
        Type = type, Minimum = parameter.Least.ToString(CultureInfo.InvariantCulture), Maximum = parameter.Most.ToString(CultureInfo.InvariantCulture),
    };

    private static OpenApiSchema Words(QueryParameter parameter) => new() { Type = JsonSchemaType.String, Enum = [.. parameter.Words.Select(w => (JsonNode)w)] };

    private static JsonNode Example(QueryParameter parameter) => parameter.Type switch
    {
        QueryType.Flag => true,
        QueryType.Whole => long.Parse(parameter.Example, CultureInfo.InvariantCulture),
        QueryType.Number => double.Parse(parameter.Example, CultureInfo.InvariantCulture),
        QueryType.Words => new JsonArray([.. parameter.Example.Split(',').Select(w => (JsonNode)w)]),
        _ => parameter.Example,
    };
}
