namespace StreamClips.Storage;

/// <summary>What kind of content a stored file has.</summary>
public static class ContentTypes
{
    /// <summary>The media type of a file by its name; <c>application/octet-stream</c> where it is none of ours.</summary>
    public static string Of(string name) => Path.GetExtension(name) switch
    {
        ".mp4" => "video/mp4",
        ".webm" => "video/webm",
        ".jpg" => "image/jpeg",
        ".png" => "image/png",
        ".webp" => "image/webp",
        ".json" => "application/json",
        _ => "application/octet-stream",
    };
}
