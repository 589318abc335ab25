using System.Net;

namespace StreamClips.Cli.Api;

/// <summary>The control plane refused, or did not answer.</summary>
/// <param name="message">What it said, and what to do.</param>
/// <param name="status">What it answered; null: nothing that can be read.</param>
public sealed class ApiException(string message, HttpStatusCode? status) : CommandException(message)
{
    /// <summary>What it answered; null: nothing that can be read.</summary>
    public HttpStatusCode? Status { get; } = status;

    /// <summary>Whether it may be different in a moment: nobody answers, or it says that it cannot just now.</summary>
    public bool MayPass => Status is null or >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests;
}
