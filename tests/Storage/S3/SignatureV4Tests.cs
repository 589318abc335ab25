namespace StreamClips.Storage.Tests.S3;

/// <summary>What checks signatures here agrees with the examples that Amazon published ("Examples: Signature Calculations", Amazon S3 API reference).</summary>
public sealed class SignatureV4Tests
{
    private const string Empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Credential = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request";
    private static readonly DateTimeOffset Then = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);
    private static readonly SignatureV4 Example = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1");

    private static IEnumerable<TestCaseData> Published()
    {
        yield return Case("GET", "/test.txt", [], [("range", "bytes=0-9")], "host;range;x-amz-content-sha256;x-amz-date", Empty, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
        yield return Case("PUT", "/test%24file.text", [], [("date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")], "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        yield return Case("GET", "/", [("lifecycle", "")], [], "host;x-amz-content-sha256;x-amz-date", Empty, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
        yield return Case("GET", "/", [("prefix", "J"), ("max-keys", "2")], [], "host;x-amz-content-sha256;x-amz-date", Empty, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
    }

    [TestCaseSource(nameof(Published))]
    public void A_signed_request_is_let_in_and_any_change_to_it_is_refused(object given)
    {
        var request = (SignedRequest)given;
        Assert.That(Example.Refusal(request, Then), Is.Null);
        Assert.That(Example.Refusal(request with { Method = "HEAD" }, Then), Is.EqualTo("SignatureDoesNotMatch"));
        Assert.That(Example.Refusal(request with { Path = request.Path + "x" }, Then), Is.EqualTo("SignatureDoesNotMatch"));
        Assert.That(Example.Refusal(request with { Query = [.. request.Query, new("x", "")] }, Then), Is.EqualTo("SignatureDoesNotMatch"));
        Assert.That(Example.Refusal(request with { BodySha256 = new('0', 64) }, Then), Is.EqualTo("XAmzContentSHA256Mismatch"));
        Assert.That(Example.Refusal(request with { Headers = With(request, "x-amz-acl", "public-read") }, Then), Is.EqualTo("AccessDenied"), "a header that is not signed");
        Assert.That(Example.Refusal(request, Then.AddMinutes(16)), Is.EqualTo("RequestTimeTooSkewed"));
        Assert.That(Example.Refusal(request with { Headers = With(request, "authorization", request.Headers["authorization"].Replace("AKIA", "AKIB", StringComparison.Ordinal)) }, Then), Is.EqualTo("InvalidAccessKeyId"));
        Assert.That(new SignatureV4("AKIAIOSFODNN7EXAMPLE", "another", "us-east-1").Refusal(request, Then), Is.EqualTo("SignatureDoesNotMatch"));
        Assert.That(new SignatureV4("AKIAIOSFODNN7EXAMPLE", "another", "eu-west-1").Refusal(request, Then), Is.EqualTo("AuthorizationHeaderMalformed"));
    }

    [Test]
    public void A_presigned_address_is_let_in_until_it_expires_and_not_where_anything_of_it_is_changed()
    {
        var request = new SignedRequest("GET", "/test.txt",
        [
            new("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), new("X-Amz-Credential", Credential), new("X-Amz-Date", "20130524T000000Z"), new("X-Amz-Expires", "86400"), new("X-Amz-SignedHeaders", "host"),
            new("X-Amz-Signature", "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"),
        ], new Dictionary<string, string> { ["host"] = "examplebucket.s3.amazonaws.com" }, Empty);
        Assert.That(Example.Refusal(request, Then.AddHours(23)), Is.Null);
        Assert.That(Example.Refusal(request, Then.AddHours(25)), Is.EqualTo("AccessDenied"));
        Assert.That(Example.Refusal(request, Then.AddHours(-1)), Is.EqualTo("AccessDenied"), "not yet");
        Assert.That(Example.Refusal(request with { Path = "/other.txt" }, Then), Is.EqualTo("SignatureDoesNotMatch"));
        Assert.That(Example.Refusal(request with { Query = [.. request.Query.Select(q => q.Key == "X-Amz-Expires" ? new(q.Key, "604800") : q)] }, Then), Is.EqualTo("SignatureDoesNotMatch"));
        Assert.That(Example.Refusal(request with { Query = [.. request.Query.Where(q => q.Key != "X-Amz-Expires")] }, Then), Is.EqualTo("AuthorizationQueryParametersError"));
        Assert.That(Example.Refusal(request with { Query = [] }, Then), Is.EqualTo("AccessDenied"), "without a signature");
    }

    private static TestCaseData Case(string method, string path, (string Name, string Value)[] query, (string Name, string Value)[] headers, string signed, string body, string signature)
    {
        var all = headers.ToDictionary(h => h.Name, h => h.Value);
        all["host"] = "examplebucket.s3.amazonaws.com";
        all["x-amz-date"] = "20130524T000000Z";
        all["x-amz-content-sha256"] = body;
        all["authorization"] = $"AWS4-HMAC-SHA256 Credential={Credential},SignedHeaders={signed},Signature={signature}";
        return new(new SignedRequest(method, path, [.. query.Select(q => KeyValuePair.Create(q.Name, q.Value))], all, body)) { TestName = $"{method} {path} {query.Length}" };
    }

    private static Dictionary<string, string> With(SignedRequest request, string name, string value) => new(request.Headers) { [name] = value };
}
