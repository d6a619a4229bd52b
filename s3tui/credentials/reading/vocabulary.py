"""What platforms, tools and people call each field.

Phrases are in lower case without accents, separated by commas; a blank stands for any joint: none, a
blank, "_", "-", "." or an apostrophe. The number is the rank of `Finding`: lower is more exact.
"""

from typing import Final

from s3tui.credentials.reading.findings import WEAKEST, WORD, Field


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.replace("\n", " ").split(","))


_SECRET_ABROAD = _phrases(
    """
    cle d acces secrete, cle secrete, cle d acces privee, secret de la cle d acces, geheimer
    zugriffsschlussel, geheimer schlussel, geheimer zugangsschlussel, geheimes kennwort, clave de acceso
    secreta, clave secreta de acceso, clave secreta, clave de acceso privada, chiave di accesso segreta,
    chiave segreta, chiave di accesso privata, chave de acesso secreta, chave secreta, chave de acesso
    privada, geheime toegangssleutel, geheime sleutel,
    アクセスキーシークレット, シークレットアクセスキー, シークレットキー, 秘密アクセスキー, 私有访问密钥,
    秘密访问密钥, 访问密钥 secret, 비밀 액세스 키, 시크릿 키, секретный ключ доступа, секретный ключ,
    tajny klucz dostepu, tajny klucz, klucz tajny, hemlig atkomstnyckel, hemlig nyckel, salainen avain
    """
)
_ID_ABROAD = _phrases(
    """
    identifiant de cle d acces, identifiant de la cle d acces, id de cle d acces, id de la cle d acces,
    id cle d acces, cle d acces id, cle d acces, zugriffsschlussel id, zugriffsschlussel,
    zugangsschlussel id, zugangsschlussel, schlussel id, id de clave de acceso, id de la clave de
    acceso, identificador de clave de acceso, clave de acceso, id chiave di accesso, id della chiave di
    accesso, chiave di accesso, id da chave de acesso, id de chave de acesso, chave de acesso,
    toegangssleutel id, toegangssleutel, アクセスキー id, アクセスキー, 访问密钥 id, 访问密钥,
    액세스 키 id, 액세스 키, идентификатор ключа доступа, идентификатор ключа, ключ доступа,
    identyfikator klucza dostepu, id klucza dostepu, klucz dostepu, atkomstnyckel id, atkomstnyckel
    """
)
_TOKEN_ABROAD = _phrases(
    """
    jeton de session, jeton de securite, token de session, sitzungstoken, sitzungs token,
    sicherheitstoken, token de sesion, token de seguridad, token di sessione, token de sessao, token da
    sessao, sessietoken, セッショントークン, 会话令牌,
    安全令牌, 临时令牌, 세션 토큰, токен сессии, сессионный токен, token sesji, sessionstoken
    """
)
_EXPIRY_ABROAD = _phrases(
    """
    expire le, date d expiration, valable jusqu au, valide jusqu au, gultig bis, lauft ab am, lauft ab,
    ablaufdatum, ablaufzeit, ablauf, expira el, expira, caduca el, caduca, vence el, vence, fecha de
    caducidad, fecha de vencimiento, valido hasta, scade il, scadenza, valido fino al, verloopt op,
    有効期限, 过期时间, 到期时间, 失效时间, 有效期至, 만료 시간, 만료, истекает, действителен до,
    wygasa, wazny do, giltig till
    """
)

VOCABULARY: Final[tuple[tuple[Field, int, tuple[str, ...]], ...]] = (
    (
        Field.SECRET,
        2,
        _phrases(
            """
            secret access key, aws secret access key, s3 secret access key, access key secret, access
            secret key
            """
        ),
    ),
    (Field.ID, 2, _phrases("access key id, access key identifier")),
    (Field.TOKEN, 2, _phrases("session token, security token, aws token, s3 token, sts token")),
    (
        Field.SECRET,
        4,
        _phrases(
            """
            secret key, aws secret key, s3 secret key, aws secret access, s3 secret, aws secret,
            minio root password, spaces secret,
            r2 secret, wasabi secret, key
            secret, private access key, access secret, application key, s3 password
            """
        )
        + _SECRET_ABROAD,
    ),
    (
        Field.ID,
        4,
        _phrases(
            """
            access key, access id, spaces key, r2 key, wasabi key, minio root user,
            aws key id, s3 key id, aws key, s3 key, secret id, aws id,
            application key id, s3 username, s3 user
            """
        )
        + _ID_ABROAD,
    ),
    (Field.TOKEN, 4, _TOKEN_ABROAD),
    (
        Field.EXPIRY,
        2,
        _phrases(
            """
            credential expiration, credentials expiration, expiration date, expiration time, expiration,
            expiry date, expiry time, expiry, expires at, expires at ms, expires ms, expiration ms,
            expires on, expires, expire at, expire on,
            expire time, expire date, expire, expired at, expired time, valid until, valid till, valid
            to, valid through, not after, good until, expires utc, expiration utc, expiration timestamp,
            expiry timestamp, expires timestamp, expire timestamp, expiration datetime
            """
        )
        + _EXPIRY_ABROAD,
    ),
    (
        Field.REGION,
        2,
        _phrases(
            """
            aws region, aws region static, aws default region, default region name, default region,
            region name, s3 region, endpoint region, region static
            """
        ),
    ),
    (Field.REGION, 4, _phrases("region, bucket location, region id, 地域, 区域, リージョン, 리전, регион")),
    (
        Field.ENDPOINT,
        2,
        _phrases(
            """
            endpoint url s3, s3 endpoint url, endpoint url, s3 endpoint, service url, endpoint override,
            host base, rest endpoint, service endpoint, endpoint, endpunkt, point de terminaison, punto
            de enlace, punto de conexion, エンドポイント,
            终端节点, 엔드포인트, s3 server, s3 host, s3 hostname, s3 service url, s3 url, s3
            api, s3 api url
            """
        ),
    ),
    (
        Field.BUCKET,
        2,
        _phrases(
            """
            bucket name, s3 bucket, aws bucket, s3 bucket name, storage bucket name, bucket, nom du
            bucket, nombre del bucket, バケット名, バケット, 存储桶名称, 存储桶, 버킷 이름, 버킷
            """
        ),
    ),
    (
        Field.PREFIX,
        2,
        _phrases(
            """
            base key, key prefix, s3 prefix, bucket prefix, object prefix, root prefix, base prefix,
            path prefix, prefix, prefixe, prafix, prefijo
            """
        ),
    ),
    (Field.HTTPS, 2, _phrases("use https, use ssl, aws https, ssl enabled, is secure, secure, use tls")),
    (Field.HTTPS, WORD, _phrases("scheme")),
    (Field.SECRET, WORD, _phrases("secret, sk, segreto, secreto, geheimnis")),
    (Field.ID, WORD, _phrases("access, key, key id, ak")),
    (Field.TOKEN, WORD, _phrases("token, session, jeton, access token")),
    (Field.ENDPOINT, WORD, _phrases("host name, hostname, host, server, url, base url, hote")),
    (Field.PREFIX, WORD, _phrases("folder, path, scope, base path, sub path, remote directory")),
    (Field.PROFILE, WORD, _phrases("aws profile, aws default profile, profile name")),
    (
        Field.ID,
        WEAKEST,
        _phrases(
            """
            username, user name, user, login, id, root user, identity, account key id
            """
        ),
    ),
    (Field.SECRET, WEAKEST, _phrases("password, passwd, pass, password plain, root password, credential")),
)
"""Field, rank and the phrases that mean it."""
